// The buttons of a project's agents: a click asks as Encord's editor does, and an answer of 2xx refreshes the page.
"use strict";

const section = document.querySelector("#agents");
const told = section.querySelector("[role=status]");
const KEPT = "what an agent said";

async function messageOf(answer) {
  try {
    return (await answer.json()).message ?? "";
  } catch {
    return "";
  }
}

async function ask(button) {
  const { project, data } = section.dataset;
  const body = JSON.stringify({ projectHash: project, dataHash: data, frame: 0 });
  button.disabled = true;
  told.textContent = `${button.textContent}: asked …`;
  try {
    const answer = await fetch(button.dataset.url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      body,
    });
    const message = await messageOf(answer);
    if (answer.ok) {
      sessionStorage.setItem(KEPT, message || `${button.textContent}: done.`);
      location.reload();
    } else {
      told.textContent = message || `The agent answered ${answer.status} without a word.`;
    }
  } catch {
    told.textContent = "The agent does not answer, or does not let this page call it (CORS).";
  } finally {
    button.disabled = false;
  }
}

told.textContent = sessionStorage.getItem(KEPT) ?? "";
sessionStorage.removeItem(KEPT);
for (const button of section.querySelectorAll("button")) {
  button.addEventListener("click", () => ask(button));
}
