/*
 * What is said beside the screen: toasts, the live region, and that the network or the server does not answer.
 */
"use strict";

(function () {
  const SHOWN_MS = 8000;
  const SVG = "http://www.w3.org/2000/svg";

  function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    const use = document.createElementNS(SVG, "use");
    svg.setAttribute("class", "slds-icon slds-icon_x-small");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", document.body.dataset.icons + "#" + name);
    svg.append(use);
    return svg;
  }

  function announce(text) {
    const region = document.getElementById("announce");
    region.textContent = "";
    window.setTimeout(function () {
      region.textContent = text;
    }, 50);
  }

  /* A toast goes by itself, but not while somebody reads it with pointer or focus. */
  function goLater(toast) {
    window.setTimeout(function () {
      if (toast.matches(":hover, :focus-within")) {
        goLater(toast);
      } else {
        toast.remove();
      }
    }, SHOWN_MS);
  }

  function toast(text, name) {
    const box = document.createElement("div");
    const words = document.createElement("span");
    const close = document.createElement("button");
    box.className = "lp-toast";
    words.className = "lp-toast__text";
    words.textContent = text;
    close.type = "button";
    close.className = "slds-button";
    close.dataset.do = "toast-close";
    close.textContent = "Close";
    box.append(icon(name), words, close);
    const place = document.getElementById("toasts");
    while (place.children.length > 2) {
      place.firstElementChild.remove();
    }
    place.append(box);
    goLater(box);
    announce(text);
  }

  function offline(isOffline) {
    const note = document.getElementById("offline");
    const now = document.querySelector("[data-now]");
    note.querySelector("[data-as-of]").textContent = now ? "Shown as of " + now.dataset.now + "." : "";
    note.hidden = !isOffline;
  }

  function failed(event) {
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    if (status === 401 || status === 403 || event.detail.elt.id === "poll") {
      return;
    }
    const text = event.detail.xhr.getResponseHeader("Content-Type") === "text/plain"
      ? event.detail.xhr.responseText
      : "LinkPoint could not answer. Nothing was changed; try again in a moment.";
    if (event.detail.elt.id === "screen") {
      firstFailed(text);
    }
    toast(text, "error");
  }

  /* The first screen could not be had: say so in its place, with a way out. */
  function firstFailed(text) {
    const frame = document.querySelector("#screen .lp-frame");
    if (!frame) {
      return;
    }
    const heading = document.createElement("h1");
    const words = document.createElement("p");
    const again = document.createElement("button");
    heading.className = "lp-h1";
    heading.textContent = "Your calendar could not be opened";
    words.textContent = text;
    again.type = "button";
    again.className = "slds-button slds-button_brand";
    again.dataset.do = "open";
    again.textContent = "Try again";
    frame.removeAttribute("aria-busy");
    frame.replaceChildren(heading, words, again);
  }

  function unreachable(event) {
    if (!navigator.onLine) {
      offline(true);
    } else if (event.detail.elt.id === "screen") {
      firstFailed("LinkPoint did not answer. Nothing was changed.");
    } else if (event.detail.elt.id !== "poll") {
      toast("LinkPoint did not answer. Nothing was changed; try again in a moment.", "error");
    }
  }

  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", unreachable);
  document.addEventListener("htmx:timeout", unreachable);
  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.successful) {
      offline(false);
    }
  });
  window.addEventListener("offline", function () {
    offline(true);
  });
  window.addEventListener("online", function () {
    offline(false);
    window.LinkPoint.poll();
  });
  document.addEventListener("htmx:oobAfterSwap", function (event) {
    if (event.detail.target.id === "toasts") {
      const added = event.detail.target.lastElementChild;
      event.detail.target.querySelectorAll("[data-notice]").forEach(function (earlier) {
        if (earlier !== added) {
          earlier.remove(); // the newer word holds
        }
      });
      goLater(added);
      announce(added.querySelector(".lp-toast__text").textContent);
    }
  });
  document.addEventListener("click", function (event) {
    const pressed = event.target.closest("[data-do]");
    if (pressed && pressed.dataset.do === "toast-close") {
      pressed.closest(".lp-toast").remove();
    } else if (pressed && pressed.dataset.do === "open") {
      window.LinkPoint.open();
    }
  });

  window.LinkPoint.announce = announce;
  window.LinkPoint.toast = toast;
})();
