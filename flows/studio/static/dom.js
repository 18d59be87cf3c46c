// Elements without HTML: whatever comes from a book is text.

/** An element with attributes and children; `on…` are listeners, what is null or false is left out. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value)
    else if (key === "class") element.className = value
    else element.setAttribute(key, value === true ? "" : value)
  }
  element.append(...children.filter(child => child !== null && child !== undefined && child !== ""))
  return element
}

export const byId = id => document.getElementById(id)
