// What the page does by itself: choosing sources, keeping conversations, copying, feedback.

const rag = (() => {
  const KEPT = "rag:conversation:";
  const TYPES = { markdown: ["md", "text/markdown"], json: ["json", "application/json"] };
  const CURRENT = "rag:current";
  const WISHED = "rag:wished";
  const place = () => KEPT + (document.querySelector("[data-place]")?.dataset.place ?? "") + ":";

  // The sources of one answer are shown at a time; a card can be pointed out.
  function select(turn, marker) {
    const all = document.querySelectorAll("#evidence .rag-sources");
    all.forEach((one) => (one.hidden = one.dataset.turn !== String(turn)));
    document.querySelectorAll("#conversation .rag-turn").forEach((one) => {
      one.toggleAttribute("data-selected", one.dataset.turn === String(turn));
    });
    document.querySelector("#evidence .rag-none")?.remove();
    document.querySelectorAll(".rag-pointed").forEach((one) => one.classList.remove("rag-pointed"));
    const card = marker && document.getElementById(`rag-source-${turn}-${marker}`);
    const shown = card || document.querySelector(`#evidence .rag-sources[data-turn="${turn}"]`);
    if (card) {
      card.classList.add("rag-pointed");
      card.focus({ preventScroll: true });
    }
    shown?.scrollIntoView({ behavior: "smooth", block: "nearest" });
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // Pages that are not local have no clipboard, and browsers may deny it.
    }
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  function download(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // Once a question is being answered it leaves its box, unless the next one is there already.
  function clear(question) {
    const box = document.querySelector("#question textarea");
    if (box.value !== question) return;
    box.value = "";
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // The box takes a question as soon as the page is filled.
  const focus = () => setTimeout(() => document.querySelector("#question textarea").focus(), 50);

  const said = (button, text) => {
    const before = button.textContent;
    button.textContent = text;
    setTimeout(() => (button.textContent = before), 2000);
  };

  // The conversations of this browser, the latest first; each has a key of its own, so that two
  // windows do not overwrite each other.
  const kept = () =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith(place()))
      .map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }))
      .sort((one, other) => (one.when < other.when ? 1 : -1));

  function keep(record) {
    if (!record?.exchanges?.length || record.exchanges.at(-1).doing) return;
    sessionStorage.setItem(CURRENT, record.id);
    const title = record.exchanges[0].question;
    const value = JSON.stringify({ title, when: new Date().toISOString(), record });
    try {
      localStorage.setItem(place() + record.id, value);
    } catch {
      document.querySelector("#history .rag-full")?.removeAttribute("hidden");
    }
    document.dispatchEvent(new Event("rag:kept"));
  }

  // What this window shows. The one that is to be shown next is told apart from it, for an answer
  // that is given up is still kept.
  const current = () =>
    JSON.parse(localStorage.getItem(place() + sessionStorage.getItem(CURRENT)))?.record ?? null;
  const wish = (id) => sessionStorage.setItem(WISHED, id);
  function wished() {
    sessionStorage.setItem(CURRENT, sessionStorage.getItem(WISHED));
    return current();
  }

  function conversation(element, props, trigger, server, watch) {
    const record = () => props.value.record;
    const one = (turn) => ({ ...record(), exchanges: [record().exchanges[turn]] });
    const exported = (record, format) =>
      server.exported({ record, format, language: props.value.language });
    const number = (target) => Number(target.closest(".rag-turn").dataset.turn);
    element.addEventListener("click", async (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.matches(".rag-marker")) select(button.dataset.turn, button.dataset.marker);
      if (button.matches(".rag-suggestion")) trigger("submit", { question: button.textContent });
      const form = button.closest(".rag-turn")?.querySelector(".rag-feedback");
      switch (button.dataset.do) {
        case "sources":
          select(number(button));
          break;
        case "copy":
          await copy(await exported(one(number(button)), "markdown"));
          said(button, button.dataset.done);
          break;
        case "good":
        case "bad":
          form.dataset.judged = button.dataset.do;
          form.hidden = false;
          form.querySelector("textarea").focus();
      }
    });
    element.addEventListener("submit", async (event) => {
      event.preventDefault();
      const form = event.target;
      const fields = Object.fromEntries(new FormData(form));
      const judged = { ...fields, good: form.dataset.judged === "good" };
      const failed = await server.judge({ record: one(Number(form.dataset.turn)), ...judged });
      form.replaceChildren(failed || form.dataset.done);
      form.setAttribute("role", "status");
    });
    watch("value", () => {
      const pane = element.closest("#conversation");
      pane.scrollTop = pane.scrollHeight;
      document.documentElement.lang = props.value.language;
      const last = record().exchanges.at(-1);
      if (last?.doing) clear(last.question);
      else if (document.activeElement === document.body) focus();
      keep(record());
    });
    document.addEventListener("rag:export", async (event) => {
      if (!record().exchanges.length) return;
      const text = await exported(record(), event.detail);
      const [suffix, type] = TYPES[event.detail];
      download(`conversation.${suffix}`, type, text);
    });
    document.addEventListener("rag:open", () => trigger("select"));
  }

  // Built of text nodes alone: a title is whatever somebody has asked.
  function history(element, watch) {
    const list = () => element.querySelector("ul");
    function fill() {
      if (!list()) return;
      const none = element.querySelector(".rag-none");
      const found = kept();
      none.hidden = found.length > 0;
      list().replaceChildren(
        ...found.map(({ key, title, record }) => {
          const open = document.createElement("button");
          open.type = "button";
          open.className = "rag-open";
          open.textContent = title;
          open.addEventListener("click", () => {
            wish(record.id);
            document.dispatchEvent(new Event("rag:open"));
          });
          const gone = document.createElement("button");
          gone.type = "button";
          gone.textContent = "×";
          gone.setAttribute("aria-label", `${list().dataset.delete}: ${title}`);
          gone.addEventListener("click", () => {
            if (!confirm(list().dataset.confirm)) return;
            localStorage.removeItem(key);
            element.querySelector(".rag-full").hidden = true;
            fill();
          });
          const item = document.createElement("li");
          item.append(open, gone);
          return item;
        }),
      );
    }
    watch("value", fill);
    document.addEventListener("rag:kept", fill);
    element.addEventListener("click", (event) => {
      const format = event.target.closest("[data-export]")?.dataset.export;
      if (format) document.dispatchEvent(new CustomEvent("rag:export", { detail: format }));
    });
    fill();
  }

  function documents(element, trigger) {
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove]");
      if (button && confirm(button.dataset.confirm)) {
        trigger("select", { name: button.dataset.remove });
      }
    });
  }

  return { conversation, history, documents, current, wish, wished };
})();
window.rag = rag;

