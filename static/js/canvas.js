/*
 * The page of Salesforce around our frame: asks it for a fresh signed request and for a height.
 *
 * Speaks the message protocol of the Canvas SDK. Answers are taken from our parent alone, and what they carry is
 * proved by the server, never here.
 */
"use strict";

window.LinkPoint = window.LinkPoint || {};

(function () {
  const PREFIX = "canvas-frame-";
  const ANSWER_MS = 10000;
  const LEAST_HEIGHT_PX = 640;
  const waiting = new Map();
  let sequence = 0;

  function instanceId() {
    return window.name.startsWith(PREFIX) ? window.name.slice(PREFIX.length) : "";
  }

  function post(type, members) {
    sequence = (sequence + 1) % 100;
    const client = { oauthToken: "null", instanceId: instanceId(), targetOrigin: "*" };
    const message = {
      seq: sequence,
      src: "client",
      clientVersion: "41.0",
      parentVersion: "",
      targetModule: "Canvas",
      body: Object.assign({ type: type, config: { client: client } }, members),
    };
    window.parent.postMessage(JSON.stringify(message), "*");
    return sequence;
  }

  function answered(event) {
    if (event.source !== window.parent || typeof event.data !== "string") {
      return;
    }
    let message;
    try {
      message = JSON.parse(event.data);
    } catch {
      return; // not ours: other scripts of the host page talk as well
    }
    const take = message && message.type === "callback" ? waiting.get(message.seq) : undefined;
    if (take) {
      waiting.delete(message.seq);
      take(message);
    }
  }

  function refreshSignedRequest() {
    return new Promise(function (resolve, reject) {
      if (window.parent === window || !instanceId()) {
        reject(new Error("This page is not open inside Salesforce."));
        return;
      }
      const number = post("refresh", {});
      const timer = window.setTimeout(function () {
        waiting.delete(number);
        reject(new Error("Salesforce did not answer."));
      }, ANSWER_MS);
      waiting.set(number, function (message) {
        window.clearTimeout(timer);
        const signed = message.payload && message.payload.response;
        if (message.status === 200 && typeof signed === "string") {
          resolve(signed);
        } else {
          reject(new Error("Salesforce did not renew the session."));
        }
      });
    });
  }

  function askForRoom() {
    if (window.parent !== window && instanceId() && window.innerHeight < LEAST_HEIGHT_PX) {
      post("resize", { size: { height: LEAST_HEIGHT_PX + "px" } });
    }
  }

  window.addEventListener("message", answered);
  window.LinkPoint.canvas = { refreshSignedRequest: refreshSignedRequest, askForRoom: askForRoom };
})();
