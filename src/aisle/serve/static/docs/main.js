// The description of the HTTP interface, drawn from /openapi.json.

import { get } from "/static/shop/api.js";
import { el } from "/static/shop/dom.js";
import { resolved, shape } from "/static/docs/schema.js";
import { tryIt } from "/static/docs/try.js";

const content = document.getElementById("content");
const contents = document.getElementById("contents");

function anchor(method, path) {
  return `${method}-${path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "")}`;
}

function operation(api, method, path, described) {
  const id = anchor(method, path);
  const parameters = described.parameters ?? [];
  const body = described.requestBody?.content?.["application/json"];
  return el(
    "section",
    { class: "operation", id },
    el("h3", {}, el("span", { class: `method ${method}` }, method.toUpperCase()), " ", el("code", {}, path)),
    el("p", {}, described.description ?? described.summary ?? ""),
    described.security ? el("p", { class: "needs" }, "Needs the admin token in the header Authorization: Bearer TOKEN.") : null,
    parameters.length ? parameterTable(parameters) : null,
    body ? [el("h4", {}, "Body"), shape(api, body.schema), body.example ? example(body.example) : null] : null,
    el("h4", {}, "Answers"),
    Object.entries(described.responses).map(([status, response]) => answer(api, status, response)),
    method === "get" && !path.includes("{") ? tryIt(path, parameters) : null,
  );
}

function parameterTable(parameters) {
  const rows = parameters.map((one) =>
    el(
      "tr",
      {},
      el("td", {}, el("code", {}, one.name), one.required ? el("span", { class: "needed" }, " needed") : null),
      el("td", {}, one.description ?? ""),
      el("td", {}, limits(one.schema ?? {})),
    ),
  );
  return el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, ["Parameter", "Meaning", "Allowed"].map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, rows)));
}

function limits(schema) {
  const said = [];
  if (schema.enum) said.push(schema.enum.join(", "));
  else if (schema.minimum !== undefined) said.push(`${schema.minimum} to ${schema.maximum}`);
  else if (schema.maxLength !== undefined) said.push(`text, up to ${schema.maxLength} characters`);
  else said.push(schema.type ?? "");
  if (schema.default !== undefined && schema.default !== "") said.push(`else ${schema.default}`);
  return said.join("; ");
}

function example(value) {
  return el("details", {}, el("summary", {}, "Example"), el("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)));
}

function answer(api, status, response) {
  const [type, media] = Object.entries(response.content ?? {})[0] ?? ["", {}];
  const isProblem = type === "application/problem+json";
  const schema = isProblem ? null : resolved(api, media.schema);
  return el(
    "details",
    { class: "answer" },
    el("summary", {}, el("strong", {}, status), ` ${response.description}`),
    isProblem ? el("p", {}, "A ", el("a", { href: "#problems" }, "problem document"), ".") : schema ? shape(api, schema) : el("p", {}, type || "No body."),
  );
}

function problems(api) {
  const kinds = Object.entries(api["x-problems"]);
  return el(
    "section",
    { id: "problems" },
    el("h2", {}, "Problems"),
    el("p", {}, "Every error is a problem document (RFC 9457) with these members; its type is the address of a row below."),
    shape(api, { $ref: "#/components/schemas/Problem" }),
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, ["Kind", "Status", "Meaning", "What to do"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, kinds.map(([name, kind]) => el("tr", { id: `problem-${name}` }, el("td", {}, el("code", {}, name)), el("td", {}, String(kind.status)), el("td", {}, kind.title), el("td", {}, kind.advice)))),
      ),
    ),
  );
}

async function draw() {
  const api = await get("/openapi.json", {});
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, described] of Object.entries(methods)) {
      const tag = described.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), [method, path, described]]);
    }
  }
  const title = (tag) => tag[0].toUpperCase() + tag.slice(1);
  content.replaceChildren(
    el("p", {}, api.info.description),
    ...[...groups].map(([tag, operations]) =>
      el("section", {}, el("h2", {}, title(tag)), operations.map(([method, path, described]) => operation(api, method, path, described))),
    ),
    problems(api),
  );
  contents.replaceChildren(
    ...[...groups].map(([tag, operations]) =>
      el("div", {}, el("p", {}, title(tag)), el("ul", {}, operations.map(([method, path]) => el("li", {}, el("a", { href: `#${anchor(method, path)}` }, el("span", { class: `method ${method}` }, method.toUpperCase()), ` ${path}`))))),
    ),
    el("div", {}, el("a", { href: "#problems" }, "Problems")),
  );
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

draw().catch((problem) => {
  content.replaceChildren(el("p", { role: "alert" }, `The description cannot be read: ${problem.message}`));
});
