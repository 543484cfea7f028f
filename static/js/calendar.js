/*
 * The calendar beside what the server sends: which view and filter is on, where it is scrolled to, the Side Panel,
 * and telling people when a state has changed.
 */
"use strict";

(function () {
  const POLL_MS = 10000;
  const CHECK_MS = 700;
  const BARS_MS = 800;
  const SOON_MS = [1500, 4000];
  const QUICK_CHECKS = 15;
  const MOST_CHECKS = 120;
  const WIDE = window.matchMedia("(min-width: 64rem)");
  const SAID = { recorded: "Recorded", insync: "In sync", error: "Not written", conflict: "A person has to choose" };
  const view = { name: "week", filter: "", early: false };
  const states = new Map();
  const checks = new Map();
  let scrolled = null;
  let shownWeek = "";
  let opener = null;

  function titleOf(card) {
    return card.querySelector(".lp-ev__title").textContent;
  }

  /* Compares the states of the page with those known before; only what was waiting is worth a word. */
  function tellChanges() {
    document.querySelectorAll("#calendar [data-event]").forEach(function (card) {
      const key = card.dataset.event;
      const before = states.get(key);
      const now = card.dataset.state;
      if (before === "waiting" && now !== "waiting") {
        window.LinkPoint.toast((SAID[now] || "Settled") + ": " + titleOf(card), now === "error" ? "error" : "success");
        window.setTimeout(poll, BARS_MS); // the bars count what was written
        const welcome = document.getElementById("welcome");
        if (welcome) {
          welcome.remove(); // the first meeting is recorded: it has said what it had to say
        }
      }
      states.set(key, now);
    });
  }

  /* What a card says; when it says something else, the panel of its event is out of date. */
  function sayingOf(card) {
    return [card.dataset.state, card.querySelector(".lp-ev__open").title, card.querySelector(".lp-state__t").textContent].join("|");
  }

  /* The panel follows its event: while its card stands in the week by what that says, else by asking while it waits. */
  function followPanel() {
    const shown = document.querySelector("#panel [data-panel]");
    const card = shown && document.querySelector("#calendar [data-event='" + shown.dataset.panel + "']");
    if (!card) {
      return;
    }
    const saying = sayingOf(card);
    if (shown.dataset.saying === undefined && shown.dataset.state === card.dataset.state) {
      shown.dataset.saying = saying;
    } else if (shown.dataset.saying !== saying) {
      shown.dataset.saying = saying; // asked for once
      refreshPanel(shown.dataset.address);
    }
  }

  /* Draws the panel again as the person left it: what is unfolded, where it is scrolled to, where the focus is. */
  function refreshPanel(address) {
    const panel = document.getElementById("panel");
    const inside = panel.contains(document.activeElement);
    const id = document.activeElement.id;
    const unfolded = Array.from(panel.querySelectorAll("details[open]"), function (one) {
      return one.id;
    });
    const body = panel.querySelector(".lp-panel__body");
    const top = body ? body.scrollTop : 0;
    load(address).then(function () {
      unfolded.forEach(function (name) {
        const one = document.getElementById(name);
        if (one) {
          one.open = true;
        }
      });
      const drawn = panel.querySelector(".lp-panel__body");
      if (drawn) {
        drawn.scrollTop = top;
      }
      const target = inside && (document.getElementById(id) || document.getElementById("panel-h"));
      if (target) {
        target.focus({ preventScroll: true });
      }
    });
  }

  function load(address) {
    return window.htmx.ajax("GET", address, { target: "#panel", swap: "innerHTML" });
  }

  function mark() {
    const shown = document.querySelector("#panel [data-panel]");
    document.querySelectorAll("#calendar .is-selected").forEach(function (card) {
      card.classList.remove("is-selected");
    });
    if (shown) {
      document.querySelectorAll("[data-event='" + shown.dataset.panel + "']").forEach(function (card) {
        card.classList.add("is-selected");
      });
    }
  }

  function applyView() {
    const main = document.getElementById("main");
    const filter = document.getElementById("filter");
    if (!filter) {
      return;
    }
    main.classList.toggle("is-agenda", view.name === "agenda");
    main.classList.toggle("shows-early", view.early);
    main.dataset.filter = view.filter;
    filter.value = view.filter;
    document.querySelectorAll("[data-do='view']").forEach(function (button) {
      const on = button.dataset.view === view.name;
      button.classList.toggle("is-pressed", on);
      button.setAttribute("aria-pressed", String(on));
    });
    place();
  }

  /* The morning is where a week begins; the same week stays where it was. */
  function place() {
    const grid = document.getElementById("grid");
    const day = document.getElementById("go-day");
    if (!grid || !day) {
      return;
    }
    const first = grid.querySelector(".lp-hours span:nth-of-type(9)");
    const same = shownWeek === view.name + day.value && scrolled !== null;
    shownWeek = view.name + day.value;
    const above = grid.getBoundingClientRect().top + grid.querySelector(".lp-hours b").offsetHeight;
    const morning = grid.scrollTop + first.getBoundingClientRect().top - above;
    grid.scrollTop = same ? scrolled : view.name === "week" ? morning : 0;
    grid.addEventListener("scroll", function () {
      scrolled = grid.scrollTop;
    }, { passive: true });
    scrolled = grid.scrollTop;
  }

  function keepFocus(before) {
    if (before && !document.contains(before) && document.activeElement === document.body && before.id) {
      const open = document.getElementById(before.id) || document.getElementById(before.id.replace(/-record$/, "-open"));
      if (open) {
        open.focus({ preventScroll: true });
      }
    }
  }

  function closePanel() {
    const panel = document.getElementById("panel");
    const from = opener && document.getElementById(opener);
    panel.classList.remove("is-shown");
    panel.replaceChildren();
    const none = document.createElement("p");
    none.className = "lp-panel__none lp-weak";
    none.textContent = "Choose an event to see its details.";
    panel.append(none);
    mark();
    (from || document.getElementById("week-h")).focus({ preventScroll: true });
  }

  function panelOpened(byKey) {
    const panel = document.getElementById("panel");
    panel.classList.add("is-shown");
    mark();
    if (byKey || !WIDE.matches) {
      const heading = document.getElementById("panel-h");
      if (heading) {
        heading.focus();
      }
    }
    if (view.why) {
      view.why = false;
      const why = document.getElementById("why");
      if (why) {
        why.open = true;
        why.scrollIntoView({ block: "nearest" });
      }
    }
  }

  function poll() {
    if (!document.hidden && navigator.onLine && document.getElementById("poll")) {
      window.htmx.trigger("#poll", "lp:poll");
    }
  }

  /* A card whose write is on its way asks often at first, then less, and in the end leaves it to the poll. */
  function check() {
    const asked = new Set();
    const shown = document.querySelector("#panel [data-panel][data-state='waiting']");
    if (shown && !document.querySelector("#calendar [data-event='" + shown.dataset.panel + "']")) {
      const key = "panel " + shown.dataset.panel; // another week is shown
      checks.set(key, (checks.get(key) || 0) + 1);
      asked.add(key);
      if (checks.get(key) < QUICK_CHECKS) {
        refreshPanel(shown.dataset.address);
      }
    }
    document.querySelectorAll("#calendar [data-moving]").forEach(function (card) {
      const key = card.dataset.event;
      const count = (checks.get(key) || 0) + 1;
      if (asked.has(key)) {
        return; // the same event on another day
      }
      asked.add(key);
      checks.set(key, count);
      if (count < QUICK_CHECKS || (count < MOST_CHECKS && count % 5 === 0)) {
        window.htmx.trigger(card, "lp:check");
      }
    });
    Array.from(checks.keys()).forEach(function (key) {
      if (!asked.has(key)) {
        checks.delete(key);
      }
    });
  }

  let byKey = false;
  let focused = null;
  document.addEventListener("keydown", function () {
    byKey = true;
  }, true);
  document.addEventListener("pointerdown", function () {
    byKey = false;
  }, true);

  document.addEventListener("htmx:beforeRequest", function (event) {
    const target = event.detail.target;
    if (target && target.id === "panel" && event.detail.elt.id && !target.contains(event.detail.elt)) {
      opener = event.detail.elt.id;
    }
    if (event.detail.elt.id && event.detail.elt.id.startsWith("ev-") && event.detail.elt.id.endsWith("-record") && WIDE.matches) {
      const open = document.getElementById(event.detail.elt.id.replace(/-record$/, "-open"));
      view.after = open ? open.getAttribute("hx-get") : null;
    }
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.successful && event.detail.requestConfig.verb === "post") {
      SOON_MS.forEach(function (wait) {
        window.setTimeout(poll, wait); // what was asked for shows soon
      });
    }
    const shown = document.querySelector("#panel [data-panel]");
    if (event.detail.elt.id !== "panel-record" || !event.detail.successful || !shown) {
      return;
    }
    if (!document.querySelector("#calendar [data-event='" + shown.dataset.panel + "']")) {
      refreshPanel(shown.dataset.address); // its week is not the one that is shown
    }
  });
  document.addEventListener("htmx:beforeSwap", function () {
    if (document.activeElement !== document.body) {
      focused = document.activeElement;
    }
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    keepFocus(focused);
    if (event.detail.target.id === "panel" && event.detail.elt.id === "panel") {
      panelOpened(byKey && event.detail.requestConfig.elt !== document.body);
    }
  });
  document.addEventListener("htmx:afterSettle", function () {
    if (document.querySelector("[data-welcome] #card-outlook .lp-tag.is-ok")) {
      window.LinkPoint.open(); // connected: the welcome has done its work
      return;
    }
    applyView();
    tellChanges();
    followPanel();
    mark();
    if (view.after) {
      const address = view.after;
      view.after = null;
      load(address);
    }
  });

  document.addEventListener("click", function (event) {
    const pressed = event.target.closest("[data-do]");
    const deed = pressed ? pressed.dataset.do : "";
    if (deed === "view") {
      view.name = pressed.dataset.view;
      applyView();
    } else if (deed === "earlier") {
      view.early = true;
      applyView();
      const first = document.querySelector(".lp-day.is-early .lp-ev__open");
      if (first) {
        first.focus();
      }
    } else if (deed === "panel-close") {
      closePanel();
    } else if (deed === "reveal") {
      const part = document.getElementById(pressed.dataset.reveal);
      part.hidden = !part.hidden;
      pressed.setAttribute("aria-expanded", String(!part.hidden));
    } else if (deed === "menu" || !event.target.closest("#nav")) {
      const nav = document.getElementById("nav");
      const open = deed === "menu" && !nav.classList.contains("is-shown");
      if (nav) {
        nav.classList.toggle("is-shown", open);
        document.getElementById("menu").setAttribute("aria-expanded", String(open));
      }
    }
  });
  document.addEventListener("change", function (event) {
    if (event.target.id === "filter") {
      view.filter = event.target.value;
      applyView();
    }
  });
  document.addEventListener("visibilitychange", poll);
  window.setInterval(poll, POLL_MS);
  window.setInterval(check, CHECK_MS);

  window.LinkPoint.poll = poll;
  window.LinkPoint.closePanel = closePanel;
  window.LinkPoint.askWhy = function () {
    view.why = true;
  };
})();
