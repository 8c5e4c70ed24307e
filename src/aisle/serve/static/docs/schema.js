// JSON schemas as lists that people can read.

import { el } from "/static/shop/dom.js";

const DEEPEST = 6;

/** A schema with its reference followed. */
export function resolved(api, schema) {
  if (!schema?.$ref) return schema;
  return schema.$ref.replace("#/", "").split("/").reduce((part, name) => part[name], api);
}

/** The type of a schema in a few words. */
export function kind(api, given) {
  const schema = resolved(api, given) ?? {};
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return [...new Set(options.map((one) => kind(api, one)))].join(" or ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(", ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `list of ${kind(api, schema.items)}`;
  if (schema.additionalProperties && typeof schema.additionalProperties === "object") return `object of ${kind(api, schema.additionalProperties)}`;
  return [schema.type ?? "any"].flat().join(" or ");
}

/** A schema drawn as nested lists of fields. */
export function shape(api, given, depth = 0) {
  const schema = resolved(api, given);
  if (!schema || depth > DEEPEST) return null;
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return el("ul", { class: "fields" }, options.map((one) => el("li", {}, resolved(api, one).title ?? kind(api, one), shape(api, one, depth + 1))));
  if (schema.type === "array") return shape(api, schema.items, depth + 1);
  if (!schema.properties) return depth ? null : el("p", {}, kind(api, schema));
  const needed = new Set(schema.required ?? []);
  return el(
    "ul",
    { class: "fields" },
    Object.entries(schema.properties).map(([name, one]) =>
      el(
        "li",
        {},
        el("code", {}, name),
        ` ${kind(api, one)}`,
        needed.has(name) ? null : el("span", { class: "maybe" }, " optional"),
        one.description ? el("span", { class: "said" }, ` ${one.description}`) : null,
        shape(api, one, depth + 1),
      ),
    ),
  );
}
