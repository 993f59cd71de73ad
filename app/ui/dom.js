// Builds elements. Text only ever enters as text nodes: there is no way to pass markup.

/**
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 * @typedef {Node | string | null | undefined | false} Child
 */

/**
 * `h("button", { class: "button", testid: "approve", onclick: f }, "…")`. A null or false attribute is left out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes | null} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "testid") element.dataset["testid"] = String(value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...kept(children));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * An SVG drawing of plain shapes, invisible to assistive technology.
 * @param {string} viewBox
 * @param {string} className
 * @param {{ tag?: "path" | "circle", attributes: Record<string, string> }[]} shapes
 * @returns {SVGSVGElement}
 */
export function drawing(viewBox, className, shapes) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  for (const shape of shapes) {
    const element = document.createElementNS(SVG, shape.tag ?? "path");
    for (const [name, value] of Object.entries(shape.attributes)) element.setAttribute(name, value);
    svg.append(element);
  }
  return svg;
}

/**
 * Replaces what is inside an element.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...kept(children));
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function kept(children) {
  return /** @type {(Node | string)[]} */ (children.filter((child) => child !== null && child !== undefined && child !== false));
}
