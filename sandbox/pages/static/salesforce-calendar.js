// Opens the week at the start of a working day.
"use strict";

(() => {
  const area = document.querySelector("[data-scroll]");
  const first = area && area.querySelector(".hours span:nth-child(8)");
  if (first) {
    area.scrollTop = first.offsetTop - area.querySelector(".above").offsetHeight;
  }
})();
