/*
 * Single keys, while the focus is outside of fields; they can be switched off in the list of keys.
 */
"use strict";

(function () {
  const FIELDS = "input, select, textarea, [contenteditable]";
  const PRESS = { t: "go-today", "[": "go-previous", "]": "go-next" };
  const MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  let isOn = true;

  function cards() {
    return Array.from(document.querySelectorAll("#calendar .lp-ev__open")).filter(function (one) {
      return one.offsetParent !== null;
    });
  }

  function dayOf(open) {
    return open.closest(".lp-day");
  }

  function press(id) {
    const button = document.getElementById(id);
    if (button) {
      button.focus();
      button.click();
    }
  }

  /* Up and down walk the events of a day; left and right go to the event of the next day that has one, at about that time. */
  function move(open, step) {
    const all = cards();
    if (step[1]) {
      const own = all.filter(function (one) {
        return dayOf(one) === dayOf(open);
      });
      return own[own.indexOf(open) + step[1]];
    }
    const days = Array.from(document.querySelectorAll(".lp-day"));
    const top = open.getBoundingClientRect().top;
    let day = days[days.indexOf(dayOf(open)) + step[0]];
    while (day) {
      const near = all.filter(function (one) {
        return dayOf(one) === day;
      }).sort(function (a, b) {
        return Math.abs(a.getBoundingClientRect().top - top) - Math.abs(b.getBoundingClientRect().top - top);
      });
      if (near.length) {
        return near[0];
      }
      day = days[days.indexOf(day) + step[0]];
    }
    return undefined;
  }

  function onEvent(key, open) {
    if (key === "r") {
      const button = document.getElementById(open.id.replace(/-open$/, "-record"));
      if (button) {
        button.click();
      } else {
        const state = open.closest(".lp-ev").querySelector(".lp-state__t").textContent;
        window.LinkPoint.announce(state + ". Press w to see why.");
      }
    } else if (key === "w") {
      window.LinkPoint.askWhy();
      open.click();
    } else {
      return false;
    }
    return true;
  }

  function arrows(event, open) {
    const next = open ? move(open, MOVES[event.key]) : cards()[0];
    if (next && (open || document.activeElement === document.body || document.activeElement.id === "grid")) {
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    }
  }

  function escape() {
    const panel = document.getElementById("panel");
    if (panel && panel.querySelector("#panel-h")) {
      window.LinkPoint.closePanel();
    }
  }

  function single(event) {
    const open = document.activeElement.closest("#calendar .lp-ev__open, #calendar .lp-ev");
    const link = open && (open.matches(".lp-ev__open") ? open : open.querySelector(".lp-ev__open"));
    if (event.key in MOVES) {
      arrows(event, link);
      return;
    }
    if (event.key === "?") {
      document.getElementById("keys").showModal();
    } else if (event.key in PRESS) {
      press(PRESS[event.key]);
    } else if (!link || !onEvent(event.key, link)) {
      return;
    }
    event.preventDefault();
  }

  document.addEventListener("keydown", function (event) {
    const dialog = document.getElementById("keys");
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialog.open) {
      return;
    }
    if (event.key === "Escape") {
      escape();
    } else if (isOn && !document.activeElement.matches(FIELDS)) {
      single(event);
    }
  });
  document.addEventListener("click", function (event) {
    const pressed = event.target.closest("[data-do]");
    const dialog = document.getElementById("keys");
    if (pressed && pressed.dataset.do === "keys") {
      dialog.showModal();
    } else if (pressed && pressed.dataset.do === "keys-close") {
      dialog.close();
    }
  });
  document.addEventListener("change", function (event) {
    if (event.target.id === "keys-on") {
      isOn = event.target.checked;
    }
  });
})();
