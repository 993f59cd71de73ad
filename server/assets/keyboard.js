// The software keyboard (S8): help for those who want it, beside a field that stays an ordinary field (PASS-06, PASS-07).
// It types into the same input; where the keys lie and which were pressed is neither sent nor kept.
// @ts-check

/** @typedef {"lower" | "upper" | "digits" | "symbols"} Mode */

/** @type {Record<Mode, string>} */
const SETS = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  digits: "0123456789",
  // In the order of their names in the locales.
  symbols: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
};

/**
 * A number below `count`, each equally likely: what would favour the first ones is drawn again.
 * @param {number} count
 */
function below(count) {
  const drawn = new Uint32Array(1);
  const fair = Math.floor(2 ** 32 / count) * count;
  for (;;) {
    const [value = fair] = crypto.getRandomValues(drawn);
    if (value < fair) return value % count;
  }
}

/**
 * In a new order (Fisher and Yates).
 * @param {string} keys
 */
function shuffled(keys) {
  const order = [...keys];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    [order[last], order[other]] = [/** @type {string} */ (order[other]), /** @type {string} */ (order[last])];
  }
  return order;
}

/** Types into one field, at its caret, as a person would. */
class Typist {
  /** @param {HTMLInputElement} input */
  constructor(input) {
    this.input = input;
    this.composing = false;
    this.changed = false;
    /** @type {(() => void)[]} */
    this.waiting = [];
    input.addEventListener("compositionstart", () => { this.composing = true; });
    input.addEventListener("compositionend", () => {
      this.composing = false;
      // The browser puts the composed text in after this event.
      setTimeout(() => this.catchUp(), 0);
    });
  }

  /**
   * Does it now, or behind the text that an input method is still composing: that text is finished first.
   * @param {() => void} work
   */
  soon(work) {
    this.waiting.push(work);
    if (!this.composing) this.catchUp();
    else if (document.activeElement === this.input) {
      this.input.blur();
      this.input.focus();
    }
  }

  catchUp() {
    if (this.composing) return;
    for (const work of this.waiting.splice(0)) work();
  }

  /** @returns {[number, number]} the selection, or the end of the value */
  selection() {
    const end = this.input.value.length;
    return [this.input.selectionStart ?? end, this.input.selectionEnd ?? end];
  }

  /**
   * @param {string} text
   * @param {number} from
   * @param {number} to
   * @param {string} inputType
   */
  replace(text, from, to, inputType) {
    this.input.setRangeText(text, from, to, "end");
    this.changed = true;
    this.input.dispatchEvent(new InputEvent("input", { bubbles: true, inputType }));
  }

  /**
   * @param {string} text
   * @returns whether there was room for it
   */
  type(text) {
    const [from, to] = this.selection();
    const length = this.input.value.length - (to - from) + text.length;
    if (this.input.maxLength >= 0 && length > this.input.maxLength) return false;
    this.replace(text, from, to, "insertText");
    return true;
  }

  /** Deletes the selection, or the character before the caret. */
  back() {
    const [from, to] = this.selection();
    const before = from === to ? ([...this.input.value.slice(0, from)].pop() ?? "").length : 0;
    if (to - from + before > 0) this.replace("", from - before, to, "deleteContentBackward");
  }

  clear() {
    if (this.input.value) this.replace("", 0, this.input.value.length, "deleteContent");
  }

  /** What the browser tells by itself when a person leaves a field that was changed. */
  leave() {
    if (this.changed) this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.changed = false;
  }
}

/** The keyboard that is open; there is one at most. */
/** @type {Keyboard | undefined} */
let open;

class Keyboard {
  /**
   * @param {HTMLButtonElement} opener
   * @param {HTMLInputElement} input
   * @param {HTMLTemplateElement} template
   */
  constructor(opener, input, template) {
    this.opener = opener;
    this.template = template;
    this.typist = new Typist(input);
    this.digitsOnly = opener.dataset.keys === "digits";
    /** @type {HTMLElement | undefined} */
    this.panel = undefined;
    /** @type {Mode} */
    this.mode = "lower";
    /** @type {Partial<Record<Mode, string[]>>} */
    this.order = {};
    /** Whether the last press on the opener was by finger: then the system's own keyboard stays away. */
    this.touched = false;
    opener.hidden = false;
    opener.addEventListener("pointerdown", (event) => { this.touched = event.pointerType === "touch"; });
    opener.addEventListener("click", (event) => (this.panel ? this.close(true) : this.show(event.detail === 0)));
    input.closest(".field")?.addEventListener("keydown", (event) => this.onKey(/** @type {KeyboardEvent} */ (event)));
    input.form?.addEventListener("submit", () => this.close(false));
  }

  /**
   * @template {HTMLElement} T
   * @param {string} name
   */
  part(name) {
    return /** @type {T} */ (this.panel?.querySelector(`[data-part="${name}"]`));
  }

  /** @param {boolean} byKeyboard */
  show(byKeyboard) {
    open?.close(false);
    const { input } = this.typist;
    const copy = /** @type {DocumentFragment} */ (this.template.content.cloneNode(true));
    this.panel = /** @type {HTMLElement} */ (copy.firstElementChild);
    this.panel.id = `${input.id}-keyboard`;
    this.panel.classList.toggle("keyboard--digits", this.digitsOnly);
    input.closest(".field")?.append(this.panel);
    this.opener.setAttribute("aria-expanded", "true");
    this.opener.setAttribute("aria-controls", this.panel.id);
    document.documentElement.classList.add("has-keyboard");
    open = this;
    this.wire();
    this.mode = this.digitsOnly ? "digits" : "lower";
    this.shuffle();
    if (byKeyboard) this.keys()[0]?.focus();
    else {
      if (this.touched) input.inputMode = "none";
      input.focus({ preventScroll: true });
    }
    input.scrollIntoView({ block: "nearest" });
  }

  wire() {
    // Pressing a key leaves the caret where it is.
    this.panel?.addEventListener("pointerdown", (event) => event.preventDefault());
    this.panel?.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button) this.press(button);
    });
    if (this.digitsOnly) {
      this.part("modes").hidden = true;
      this.part("space").hidden = true;
    }
  }

  /** @param {HTMLButtonElement} button */
  press(button) {
    const { key, mode, part } = button.dataset;
    if (key !== undefined) this.typist.soon(() => this.say(this.typist.type(key)));
    else if (mode) this.turn(/** @type {Mode} */ (mode));
    else if (part === "space") this.typist.soon(() => this.say(this.typist.type(" ")));
    else if (part === "back") this.typist.soon(() => { this.typist.back(); this.say(true); });
    else if (part === "clear") this.typist.soon(() => { this.typist.clear(); this.say(true); });
    else if (part === "shuffle") this.shuffle();
    else if (part === "done") this.close(true);
  }

  /**
   * Says how many characters there are, never which.
   * @param {boolean} done
   */
  say(done) {
    if (!this.panel) return;
    const words = (done ? this.panel.dataset.count : this.panel.dataset.full) ?? "";
    this.part("said").textContent = words.replace("{count}", String([...this.typist.input.value].length));
  }

  shuffle() {
    for (const mode of /** @type {Mode[]} */ (Object.keys(SETS))) this.order[mode] = shuffled(SETS[mode]);
    this.turn(this.mode);
  }

  /** @param {Mode} mode */
  turn(mode) {
    this.mode = mode;
    this.panel?.querySelectorAll("[data-mode]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-mode") === mode));
    });
    const buttons = (this.order[mode] ?? []).map((key, place) => this.key(key, place));
    const keys = this.part("keys");
    const focused = keys.contains(document.activeElement);
    keys.replaceChildren(...buttons);
    if (focused) buttons[0]?.focus();
  }

  /**
   * @param {string} key
   * @param {number} place
   */
  key(key, place) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "keyboard__key";
    button.dataset.key = key;
    button.textContent = key;
    button.tabIndex = place === 0 ? 0 : -1;
    const names = this.panel?.dataset.symbols?.split(",") ?? [];
    const name = names[SETS.symbols.indexOf(key)];
    if (this.mode === "symbols" && name) button.setAttribute("aria-label", name);
    if (this.mode === "upper") button.setAttribute("aria-label", (this.panel?.dataset.capital ?? "").replace("{key}", key));
    return button;
  }

  keys() {
    return /** @type {HTMLButtonElement[]} */ ([...(this.panel?.querySelectorAll("[data-key]") ?? [])]);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.panel || event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.close(true);
      return;
    }
    const keys = this.keys();
    const at = keys.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const to = at < 0 ? undefined : this.neighbour(event.key, at, keys);
    if (to === undefined) return;
    event.preventDefault();
    this.focusKey(keys, Math.min(Math.max(to, 0), keys.length - 1));
  }

  /**
   * @param {string} pressed
   * @param {number} at
   * @param {HTMLButtonElement[]} keys
   */
  neighbour(pressed, at, keys) {
    const first = keys[0]?.offsetTop;
    const columns = Math.max(1, keys.filter((key) => key.offsetTop === first).length);
    /** @type {Record<string, number>} */
    const places = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at >= columns ? at - columns : at,
      ArrowDown: at + columns < keys.length ? at + columns : at,
      Home: 0,
      End: keys.length - 1,
    };
    return places[pressed];
  }

  /**
   * @param {HTMLButtonElement[]} keys
   * @param {number} to
   */
  focusKey(keys, to) {
    keys.forEach((key, place) => { key.tabIndex = place === to ? 0 : -1; });
    keys[to]?.focus();
  }

  /** @param {boolean} back whether the focus goes back to where it came from */
  close(back) {
    if (!this.panel) return;
    this.panel.remove();
    this.panel = undefined;
    this.order = {};
    open = undefined;
    document.documentElement.classList.remove("has-keyboard");
    this.opener.setAttribute("aria-expanded", "false");
    this.opener.removeAttribute("aria-controls");
    const { input } = this.typist;
    if (this.touched) {
      const own = this.opener.dataset.inputmode;
      if (own) input.inputMode = own;
      else input.removeAttribute("inputmode");
    }
    if (back) this.opener.focus();
    this.typist.leave();
  }

  /** @param {Event} event */
  isOutside(event) {
    return event.target instanceof Node && !this.typist.input.closest(".field")?.contains(event.target);
  }
}

// Whoever goes on elsewhere is not followed by a panel that covers the next field.
for (const kind of ["focusin", "pointerdown"]) {
  document.addEventListener(kind, (event) => {
    if (open?.isOutside(event)) open.close(false);
  });
}

const template = document.querySelector("#keyboard");
document.querySelectorAll("button[data-keyboard]").forEach((element) => {
  const opener = /** @type {HTMLButtonElement} */ (element);
  const input = document.getElementById(opener.dataset.keyboard ?? "");
  if (!(input instanceof HTMLInputElement) || !(template instanceof HTMLTemplateElement)) return;
  opener.dataset.inputmode = input.getAttribute("inputmode") ?? "";
  new Keyboard(opener, input, template);
});
