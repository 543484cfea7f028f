/*
 * The session: a token in memory, sent in a header with each request, renewed through Salesforce before it ends.
 */
"use strict";

(function () {
  const HEADER = "X-LinkPoint-Session";
  const canvas = window.LinkPoint.canvas;
  let token = "";
  let expiresAt = 0;
  let renewing = null;

  function take(newToken, seconds) {
    token = newToken;
    expiresAt = Date.now() + seconds * 1000;
  }

  function takeFromPage() {
    const holder = document.getElementById("session-token");
    take(JSON.parse(holder.textContent), Number(document.body.dataset.sessionSeconds));
    holder.remove();
  }

  async function exchange() {
    const signed = await canvas.refreshSignedRequest();
    const answer = await fetch(document.body.dataset.refresh, {
      method: "POST",
      credentials: "omit",
      headers: { [HEADER]: token },
      body: new URLSearchParams({ signed_request: signed }),
    });
    const said = await answer.json();
    if (!answer.ok) {
      throw new Error(said.error ? said.error.message : "The session was not renewed.");
    }
    take(said.session_token, said.expires_in);
    lost(null);
  }

  /* One exchange at a time, however many requests wait for it. */
  function renew() {
    renewing = renewing || exchange().finally(function () {
      renewing = null;
    });
    return renewing;
  }

  function lost(error) {
    const note = document.getElementById("session-lost");
    note.hidden = error === null;
    note.querySelector("[data-why]").textContent = error === null ? "" : error.message;
  }

  function repeat(config) {
    return window.htmx.ajax(config.verb, config.path, {
      source: config.elt,
      target: config.target,
      values: Object.fromEntries(config.formData || []),
      headers: { "X-LinkPoint-Again": "1" },
    });
  }

  document.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers[HEADER] = token;
  });

  /* A token that is about to end is renewed before the request; if that fails, the server has the last word. */
  document.addEventListener("htmx:confirm", function (event) {
    if (Date.now() < expiresAt - 60000) {
      return;
    }
    event.preventDefault();
    const go = function () {
      event.detail.issueRequest(true);
    };
    renew().then(go, go);
  });

  document.addEventListener("htmx:beforeOnLoad", function (event) {
    const config = event.detail.requestConfig;
    if (event.detail.xhr.status !== 401 || config.headers["X-LinkPoint-Again"]) {
      return;
    }
    event.preventDefault();
    renew().then(function () {
      return repeat(config);
    }, lost);
  });

  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status === 401) {
      lost(new Error("Reload the Salesforce page."));
    }
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-do='session-retry']")) {
      renew().then(function () {
        window.LinkPoint.open();
      }, lost);
    }
  });

  document.addEventListener("DOMContentLoaded", function () {
    takeFromPage();
    canvas.askForRoom();
    window.LinkPoint.open();
  });

  window.LinkPoint.open = function () {
    window.htmx.trigger("#screen", "lp:open");
  };
})();
