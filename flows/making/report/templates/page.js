(() => {
  "use strict";
  const players = [...document.querySelectorAll("audio")];
  // one voice at a time
  document.addEventListener("play", event => {
    for (const player of players) if (player !== event.target) player.pause();
  }, true);

  document.addEventListener("click", async event => {
    const copy = event.target.closest("button[data-copy]");
    if (copy) {
      const code = copy.previousElementSibling;
      try { await navigator.clipboard.writeText(code.textContent); copy.textContent = copy.dataset.done; }
      catch { getSelection().selectAllChildren(code); }  // pages opened from a disk may not write the clipboard
      return;
    }
    const line = event.target.closest("[data-from]");
    if (line) play(line);
  });

  // A line of a dub: a stretch of the one player that holds the whole of it.
  const whole = document.getElementById("whole");
  let stop = null, row = null;
  function end() { if (row) row.classList.remove("playing"); row = stop = null; }
  function play(line) {
    if (!whole) return;
    end();
    whole.currentTime = Math.max(0, Number(line.dataset.from) - 0.15);
    stop = Number(line.dataset.to) + 0.15;
    row = document.getElementById("line-" + line.dataset.id);
    if (row) row.classList.add("playing");
    whole.play();
  }
  if (whole) whole.addEventListener("timeupdate", () => {
    if (stop !== null && whole.currentTime >= stop) { whole.pause(); end(); }
  });
})();
