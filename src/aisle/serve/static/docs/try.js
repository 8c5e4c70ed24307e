// A form that sends a GET and shows the answer.

import { el } from "/static/shop/dom.js";

const MOST_SHOWN = 20000;

/** The form for one address with its query parameters. */
export function tryIt(path, parameters) {
  const output = el("pre", { class: "output", tabindex: "0", "aria-live": "polite", hidden: true });
  const fields = parameters.map((one) =>
    el("label", {}, el("span", {}, one.name), field(one)),
  );
  const form = el("form", { class: "try" }, fields, el("button", { type: "submit" }, "Send"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    const address = query.size ? `${path}?${query}` : path;
    output.hidden = false;
    output.textContent = `GET ${address}\n…`;
    try {
      const response = await fetch(address);
      const text = await response.text();
      const shown = response.headers.get("content-type")?.includes("json") ? JSON.stringify(JSON.parse(text), null, 2) : text;
      const cut = shown.length > MOST_SHOWN ? `\n… ${shown.length - MOST_SHOWN} more characters` : "";
      output.textContent = `GET ${address}\n${response.status}\n\n${shown.slice(0, MOST_SHOWN)}${cut}`;
    } catch (error) {
      output.textContent = `GET ${address}\n${error}`;
    }
  });
  return el("details", { class: "answer" }, el("summary", {}, "Try it"), form, output);
}

function field(parameter) {
  const schema = parameter.schema ?? {};
  const choices = schema.enum ?? (schema.type === "boolean" ? ["true", "false"] : null);
  if (choices) return el("select", { name: parameter.name }, ["", ...choices].map((one) => el("option", { value: one }, one || "–")));
  return el("input", { name: parameter.name, type: "text", autocomplete: "off", inputmode: schema.type === "integer" ? "numeric" : "text" });
}
