// Asks Salesforce to open the app again, now that the person has approved it: the Canvas protocol's "repost".
"use strict";

(() => {
  const button = document.querySelector("[data-repost]");
  const note = document.querySelector("[data-note]");

  function repost() {
    // The frame's name carries its id; the host page answers by posting a signed request to this frame.
    const instanceId = window.name.replace(/^canvas-frame-/, "");
    if (window.parent === window || !instanceId) {
      note.textContent = "This page works inside Salesforce only. Open LinkPoint there.";
      return;
    }
    note.textContent = "Opening LinkPoint.";
    if (window.Sfdc && window.Sfdc.canvas) {
      window.Sfdc.canvas.client.repost(true);
      return;
    }
    const config = { client: { oauthToken: "null", instanceId, targetOrigin: "*" } };
    const body = { type: "repost", config, refresh: true };
    const message = { seq: 1, src: "client", clientVersion: "41.0", targetModule: "Canvas", body };
    window.parent.postMessage(JSON.stringify(message), "*");
  }

  button.addEventListener("click", repost);
})();
