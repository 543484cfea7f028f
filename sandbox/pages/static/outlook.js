// Small conveniences of the Outlook page; it works without them.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const week = document.querySelector(".week");
  if (week) {
    // Begin with the working day in sight.
    week.scrollTop = 7 * parseFloat(getComputedStyle(week).getPropertyValue("--hour"));
    for (const column of week.querySelectorAll(".column")) {
      column.addEventListener("dblclick", () => {
        document.querySelector(`a[href$="new?day=${column.dataset.day}"]`).click();
      });
    }
  }
  const form = document.querySelector(".event-form");
  if (!form) return;
  const allDay = form.elements.all_day;
  const showTimes = () => {
    for (const label of form.querySelectorAll(".clock")) label.hidden = allDay.checked;
  };
  allDay.addEventListener("change", showTimes);
  showTimes();
  // A later start takes the end along.
  const start = form.elements.start_date;
  const end = form.elements.end_date;
  start.addEventListener("change", () => {
    if (end.value < start.value) end.value = start.value;
  });
});
