"use strict";
const part = (id) => document.getElementById(id);
const say = (text) => { part("message").textContent = text; };

async function ask(url, options) {
  const answer = await fetch(url, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.message || "the answer was " + answer.status);
  return body;
}

function show(item) {
  const line = document.createElement("li");
  line.textContent = item.name;
  part("items").append(line);
}

async function list(api, next) {
  const page = await ask(api + "/items" + (next ? "?next=" + encodeURIComponent(next) : ""));
  page.items.forEach(show);
  part("more").hidden = !page.next;
  part("more").onclick = () => list(api, page.next).catch((error) => say(error.message));
}

async function start() {
  const config = await ask("/config.json");
  part("instance").textContent = config.instance;
  part("zone").textContent = config.zone;
  part("load").hidden = !config.loadTestSeconds;
  part("load").onclick = () =>
    ask("/load-test", { method: "POST", headers: { "X-Requested-With": "page" } })
      .then((test) => say("busy for " + test.seconds + " seconds"))
      .catch((error) => say(error.message));
  if (!config.apiUrl) return say("There is no API yet: deploy the serverless tier.");
  const api = config.apiUrl.replace(/\/+$/, "");
  part("add").hidden = false;
  part("add").onsubmit = (event) => {
    event.preventDefault();
    const name = event.target.elements.name.value;
    const headers = { "Content-Type": "application/json" };
    ask(api + "/items", { method: "POST", headers, body: JSON.stringify({ name }) })
      .then((item) => { show(item); event.target.reset(); say(""); })
      .catch((error) => say(error.message));
  };
  await list(api);
}

start().catch((error) => say(error.message));
