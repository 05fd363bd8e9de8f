/** The one menu of the window: opened by a button or a right click, wherever they are. */
import type { Component } from "svelte";
import type { Zone } from "../generated/wire";

export interface MenuItem {
  words: string;
  run: () => unknown;
  icon?: Component<{ size?: number }>;
  /** A second, quiet line. */
  detail?: string;
  /** Keys, written. */
  keys?: string;
  checked?: boolean;
  danger?: boolean;
  /** Why it cannot be chosen. */
  disabled?: string;
}

/** Items between lines; a title stands above its items. */
export interface MenuGroup {
  title?: string;
  /** How far away what is in it is: an icon and a colour before the title. */
  zone?: Zone;
  items: MenuItem[];
}

interface Measurable {
  getBoundingClientRect: () => DOMRect;
}

class Menu {
  open = $state(false);
  groups = $state.raw<MenuGroup[]>([]);
  anchor = $state.raw<HTMLElement | Measurable | null>(null);
  label = $state("");
  align = $state<"start" | "end">("start");
  private opener: HTMLElement | null = null;

  /** Opens below a button, or closes what it had opened. */
  toggle(button: HTMLElement, label: string, groups: MenuGroup[], align: "start" | "end" = "start"): void {
    if (this.open && this.opener === button) {
      this.open = false;
      return;
    }
    this.show(button, button, label, groups, align);
  }

  /** Opens where the pointer is; from the keyboard's menu key, below the element. */
  at(event: MouseEvent, label: string, groups: MenuGroup[]): void {
    event.preventDefault();
    const element = event.currentTarget as HTMLElement;
    const byKey = event.clientX === 0 && event.clientY === 0;
    const anchor = byKey ? element : { getBoundingClientRect: () => new DOMRect(event.clientX, event.clientY, 0, 0) };
    this.show(anchor, element.querySelector<HTMLElement>("button, a, input") ?? element, label, groups, "start");
  }

  /** The element that opened the menu gets the focus back, unless an item moved it elsewhere. */
  closed(): void {
    const opener = this.opener;
    this.opener = null;
    opener?.removeAttribute("aria-expanded");
    const at = document.activeElement;
    const lost = at === null || at === document.body || at.closest(".menu") !== null;
    if (opener?.isConnected && lost) opener.focus();
  }

  private show(anchor: HTMLElement | Measurable, opener: HTMLElement, label: string, groups: MenuGroup[], align: "start" | "end"): void {
    this.opener?.removeAttribute("aria-expanded");
    this.anchor = anchor;
    this.opener = opener;
    this.label = label;
    this.groups = groups;
    this.align = align;
    this.open = true;
    opener.setAttribute("aria-expanded", "true");
  }
}

export const menu = new Menu();
