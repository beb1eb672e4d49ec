// The buttons of a project's agents: a click sends the same request as Encord's editor, for the shown frame; a 2xx response reloads the page.
"use strict";

const section = document.querySelector("#agents");
const statusLine = section.querySelector("[role=status]");
const MESSAGE_KEY = "agent message";

async function messageOf(answer) {
  try {
    return (await answer.json()).message ?? "";
  } catch {
    return "";
  }
}

async function ask(button) {
  const { project, data, frame } = section.dataset;
  const body = JSON.stringify({ projectHash: project, dataHash: data, frame: Number(frame) });
  button.disabled = true;
  statusLine.textContent = `${button.textContent}: calling …`;
  try {
    const answer = await fetch(button.dataset.url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      body,
    });
    const message = await messageOf(answer);
    if (answer.ok) {
      sessionStorage.setItem(MESSAGE_KEY, message || `${button.textContent}: done.`);
      location.reload();
    } else {
      statusLine.textContent = message || `The agent answered ${answer.status} without a message.`;
    }
  } catch {
    statusLine.textContent = "The agent does not respond, or does not allow calls from this page (CORS).";
  } finally {
    button.disabled = false;
  }
}

statusLine.textContent = sessionStorage.getItem(MESSAGE_KEY) ?? "";
sessionStorage.removeItem(MESSAGE_KEY);
for (const button of section.querySelectorAll("button")) {
  button.addEventListener("click", () => ask(button));
}
