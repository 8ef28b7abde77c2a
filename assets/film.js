/* A film's bytes as arrays: what hub/films.py packed, after the browser has unzipped it.
   sides[n]: { name, frames (Uint8Array, grid by grid), backlog (Int32Array), moves (Uint16Array of threes), starts }. */
window.twinFilm = (function () {
  "use strict";
  const TEXT = new TextDecoder();
  function parts(buffer) {
    const length = new DataView(buffer).getUint32(0, true);
    const { head, sizes } = JSON.parse(TEXT.decode(new Uint8Array(buffer, 4, length))), found = {};
    let at = 4 + length;
    for (const [name, size] of sizes) { found[name] = buffer.slice(at, at + size); at += size; }
    return { head, found };
  }
  /* Where the moves of each frame begin: moves stand in the order of the log, so by frame after a sort that is stable. */
  function order(raw, count) {
    const n = raw.length / 3, starts = new Uint32Array(count + 1), moves = new Uint16Array(raw.length);
    for (let k = 0; k < n; k += 1) starts[raw[3 * k] + 1] += 1;
    for (let f = 0; f < count; f += 1) starts[f + 1] += starts[f];
    const next = starts.slice();
    for (let k = 0; k < n; k += 1) { const to = next[raw[3 * k]]++; moves[3 * to] = raw[3 * k]; moves[3 * to + 1] = raw[3 * k + 1]; moves[3 * to + 2] = raw[3 * k + 2]; }
    return { moves, starts };
  }
  function decode(buffer) {
    const { head, found } = parts(buffer);
    const sides = head.sides.map((name, n) => {
      const backlog = new Int32Array(found[`backlog ${n}`]);
      return Object.assign({ name, backlog, frames: new Uint8Array(found[`frames ${n}`]) }, order(new Uint16Array(found[`moves ${n}`]), backlog.length));
    });
    return { head, sides, count: sides[0].backlog.length, grids: head.grid_codes.length };
  }
  async function read(url) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(String(answer.status));
    return decode(await answer.arrayBuffer());
  }
  return { decode, read };
})();
