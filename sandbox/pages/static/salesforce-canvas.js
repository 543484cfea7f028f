// The page around the Canvas frame: posts the signed request into it and answers the messages of the Canvas SDK.
"use strict";

(() => {
  const host = document.querySelector("[data-canvas]");
  if (!host) {
    return;
  }
  const frame = host.querySelector("[data-canvas-frame]");
  const form = host.querySelector("[data-canvas-form]");
  const list = host.querySelector("[data-canvas-log]");
  const LONGEST_LOG = 50;
  const HEIGHTS = { least: 200, most: 4000 };
  const subscribed = new Set();

  function note(direction, text) {
    const line = document.createElement("li");
    line.textContent = `${direction} ${text}`;
    list.append(line);
    if (list.children.length > LONGEST_LOG) {
      list.firstElementChild.remove();
    }
  }

  function launch() {
    if (host.dataset.get) {
      frame.src = host.dataset.get;
      note("page", "opened the app without a signed request: the user has approved nothing");
      return;
    }
    form.submit();
    note("page", "posted the signed request");
  }

  async function freshRequest() {
    const answer = await fetch(host.dataset.refresh, { method: "POST" });
    if (!answer.ok) {
      throw new Error(`the page answered ${answer.status}`);
    }
    return (await answer.json()).signed_request;
  }

  async function repost(refresh) {
    host.dataset.get = "";
    if (refresh || !form.elements.signed_request.value) {
      form.elements.signed_request.value = await freshRequest();
    }
    launch();
  }

  function resize(size) {
    const height = parseInt(size && size.height, 10);
    if (Number.isFinite(height)) {
      frame.height = Math.min(HEIGHTS.most, Math.max(HEIGHTS.least, height));
      frame.dataset.sized = "";
    }
    return {};
  }

  function names(subscriptions) {
    const many = Array.isArray(subscriptions) ? subscriptions : [subscriptions];
    return many.filter(Boolean).map((one) => (typeof one === "string" ? one : one.name));
  }

  function publish(event) {
    if (event && subscribed.has(event.name)) {
      tell({ type: "event", payload: { name: event.name, method: "onData", payload: event.payload } });
    }
    return {};
  }

  // What each kind of message answers as its payload.
  const ANSWERS = {
    ctx: async () => (await fetch(host.dataset.context)).json(),
    refresh: async () => ({ response: await freshRequest() }),
    repost: async (body) => {
      await repost(body.refresh === true);
      return null;
    },
    resize: async (body) => resize(body.size || (body.config && body.config.size)),
    subscribe: async (body) => {
      names(body.subscriptions).forEach((name) => subscribed.add(name));
      return {};
    },
    unsubscribe: async (body) => {
      names(body.subscriptions).forEach((name) => subscribed.delete(name));
      return {};
    },
    publish: async (body) => publish(body.event),
  };

  function tell(message) {
    note("page", message.type === "event" ? `event ${message.payload.name}` : `answer ${message.status}`);
    frame.contentWindow.postMessage(JSON.stringify(message), "*");
  }

  function callback(request, status, payload) {
    tell({
      seq: request.seq,
      type: "callback",
      status,
      statusText: status === 200 ? "OK" : "Not implemented",
      payload,
      responseHeaders: "",
      parentVersion: "41.0",
      clientVersion: request.clientVersion,
      targetModule: "Canvas",
    });
  }

  async function answer(request) {
    const body = request.body || {};
    note("app", String(body.type));
    const handler = ANSWERS[body.type];
    if (!handler) {
      callback(request, 501, { message: "The sandbox does not answer this message." });
      return;
    }
    try {
      const payload = await handler(body);
      if (payload !== null) {
        callback(request, 200, payload);
      }
    } catch (error) {
      callback(request, 500, { message: error.message });
    }
  }

  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || typeof event.data !== "string") {
      return;
    }
    let request;
    try {
      request = JSON.parse(event.data);
    } catch {
      return;
    }
    if (request && request.targetModule === "Canvas" && request.src === "client") {
      answer(request);
    }
  });

  launch();
})();
