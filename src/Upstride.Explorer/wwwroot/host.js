// What the page cannot do by itself: the address, the pointer over drawn cells, files, copies, canvas.
let page = null, lit = [], cursor = null, dragging = false, pulled = null;
const pixelsOfUnit = 8;
const root = document.documentElement;

export function start(dotnet) {
  page = dotnet;
  addEventListener('hashchange', () => page.invokeMethodAsync('Addressed', location.hash));
  let width = innerWidth;
  addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; page.invokeMethodAsync('Resized', width); } });
  const cellOf = e => onCanvas(e) ?? (e.target.closest ? e.target.closest('[data-cells] .c') : null);
  document.addEventListener('pointerdown', e => {
    dragging = true;
    const c = cellOf(e);
    pulled = c && e.pointerType !== 'touch' && e.button === 0 ? { id: c.id, x: e.clientX, units: 0, moved: false } : null;
    if (c) page.invokeMethodAsync('Pressed', c.id);
  });
  // A number follows the pointer that holds it; what was pulled was not clicked.
  document.addEventListener('pointermove', e => {
    if (!pulled || e.buttons !== 1) return;
    const units = Math.trunc((e.clientX - pulled.x) / pixelsOfUnit);
    if (units === pulled.units) return;
    pulled.units = units;
    pulled.moved = true;
    page.invokeMethodAsync('Pulled', pulled.id, units);
  });
  addEventListener('pointerup', () => { dragging = false; });
  document.addEventListener('pointerover', e => {
    if (e.pointerType === 'touch') return;
    const c = cellOf(e);
    if (c) page.invokeMethodAsync('Hovered', c.id, dragging && e.buttons === 1);
    else if (e.target.closest && !e.target.closest('[data-cells]')) page.invokeMethodAsync('Hovered', null, false);
  });
  let over = null;
  document.addEventListener('pointermove', e => {
    const c = e.pointerType === 'touch' ? null : onCanvas(e);
    if (c && c.id !== over) { over = c.id; page.invokeMethodAsync('Hovered', c.id, false); }
  });
  document.addEventListener('click', e => {
    const c = cellOf(e);
    if (c) { if (!pulled?.moved) page.invokeMethodAsync('Clicked', c.id); return; }
    const link = e.target.closest ? e.target.closest('a[href^="#"]') : null;
    if (link) { e.preventDefault(); if (link.dataset.skip !== undefined) document.getElementById(link.dataset.skip)?.focus(); else location.hash = link.getAttribute('href'); }
  });
  document.addEventListener('focusin', e => {
    const grid = e.target.closest ? e.target.closest('[data-cells]') : null;
    if (grid && e.target === grid && grid.matches(':focus-visible')) page.invokeMethodAsync('Focused', grid.id);
  });
  document.addEventListener('keydown', e => {
    if (e.altKey || e.metaKey || (e.ctrlKey && !['Home', 'End', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].includes(e.key))) return;
    const t = e.target, typing = t.closest && t.closest('input:not([type=range]):not([type=checkbox]):not([type=radio]),textarea,select');
    if (typing && e.key !== 'Escape') return;
    const grid = t.closest ? t.closest('[data-cells]') : null, bar = t.closest ? t.closest('[data-time]') : null;
    const inGrid = grid && ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'Enter', 'e'].includes(e.key);
    const inFigure = (grid || bar || t === document.body || (t.closest && t.closest('#figure'))) && (',.[]12345c'.includes(e.key) || (e.key === ' ' && !(t.closest && t.closest('button,a,summary,input'))));
    if (!inGrid && !inFigure && e.key !== 'Escape') return;
    if (e.key !== 'Escape') e.preventDefault();
    page.invokeMethodAsync('Pushed', grid ? grid.id : null, e.key, e.ctrlKey);
  });
  document.addEventListener('paste', async e => {
    const file = [...(e.clipboardData?.files ?? [])][0], zone = document.querySelector('[data-drop]');
    if (file && zone) { e.preventDefault(); give(file); }
  });
  for (const name of ['dragenter', 'dragover', 'drop']) document.addEventListener(name, e => {
    if (![...(e.dataTransfer?.types ?? [])].includes('Files')) return;
    e.preventDefault();
    root.classList.toggle('dropping', name !== 'drop');
    if (name === 'drop' && e.dataTransfer.files[0]) give(e.dataTransfer.files[0]);
  });
  document.addEventListener('dragleave', e => { if (!e.relatedTarget) root.classList.remove('dropping'); });
  document.addEventListener('change', e => { if (e.target.matches?.('input[type=file][data-file]') && e.target.files[0]) { give(e.target.files[0]); e.target.value = ''; } });
  document.addEventListener('visibilitychange', () => page.invokeMethodAsync('Seen', !document.hidden));
  return [location.hash, String(innerWidth), store('scheme') ?? '', store('language') ?? (navigator.languages ?? []).join(','),
    matchMedia('(prefers-reduced-motion: reduce)').matches ? 'still' : ''];
}

const store = key => { try { return localStorage.getItem(key); } catch { return null; } };

// The address without reloading: sliding replaces the entry of the history, letting go adds one.
export function address(text, add) {
  if (location.hash === text) return;
  history[add ? 'pushState' : 'replaceState'](null, '', text);
}

export function light(ids, active, label) {
  for (const id of lit) document.getElementById(id)?.classList.remove('lit');
  lit = rings(ids);
  for (const id of lit) document.getElementById(id)?.classList.add('lit');
  if (cursor) { cursor.classList.remove('cursor'); cursor = null; }
  const cell = active ? document.getElementById(active) : null;
  if (!cell) return;
  cursor = cell;
  cell.classList.add('cursor');
  cell.setAttribute('aria-label', label);
  cell.closest('[data-cells]')?.setAttribute('aria-activedescendant', active);
  if (document.activeElement === cell.closest('[data-cells]')) cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

export function scheme(name) {
  if (name) root.dataset.scheme = name; else delete root.dataset.scheme;
  try { if (name) localStorage.setItem('scheme', name); else localStorage.removeItem('scheme'); } catch { }
}

export function language(name, title) {
  root.lang = name;
  document.title = title;
  try { localStorage.setItem('language', name); } catch { }
}

export function focus(id) { const e = document.getElementById(id); if (e) { e.focus(); if (e.select) e.select(); } }

export async function copy(text) {
  try { await navigator.clipboard.writeText(text); return true; } catch { }
  const area = document.createElement('textarea');
  area.value = text; area.className = 'away';
  document.body.append(area); area.select();
  try { return document.execCommand('copy'); } catch { return false; } finally { area.remove(); }
}

export function full() { return location.href; }

export function save(name, type, bytes) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  document.body.append(link); link.click(); link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// A drawing in the colours that the page shows, as a picture.
export async function png(svg, scale) {
  const dark = getComputedStyle(root).colorScheme === 'dark';
  const text = svg.replace(/@media\(prefers-color-scheme:dark\)/, dark ? '@media all' : '@media not all');
  const url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    await new Promise((done, failed) => { image.onload = done; image.onerror = () => failed(new Error('the drawing could not be read')); image.src = url; });
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * scale; canvas.height = image.naturalHeight * scale;
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
    return new Uint8Array(await blob.arrayBuffer());
  } finally { URL.revokeObjectURL(url); }
}

let given = null;
async function give(file) { given = file; page.invokeMethodAsync('Given', file.name, file.size); }
// A file of the site as if it had been given.
export async function fetched(name) {
  const answer = await fetch(name);
  if (!answer.ok) return false;
  given = await answer.blob();
  return true;
}

export async function bytes() { return new Uint8Array(await given.arrayBuffer()); }

// Pictures that .NET does not read are decoded by the browser: [width, height] in front, RGBA behind.
export async function decode(limit) {
  const bitmap = await createImageBitmap(given);
  try {
    if (bitmap.width * bitmap.height > limit) return new Uint8Array(new Uint32Array([bitmap.width, bitmap.height]).buffer);
    const canvas = document.createElement('canvas');
    canvas.width = bitmap.width; canvas.height = bitmap.height;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    const data = context.getImageData(0, 0, bitmap.width, bitmap.height).data, all = new Uint8Array(8 + data.length);
    new Uint32Array(all.buffer, 0, 2).set([bitmap.width, bitmap.height]);
    all.set(data, 8);
    return all;
  } finally { bitmap.close(); }
}

export function paint(id, width, height, rgba) {
  const canvas = document.getElementById(id);
  if (!canvas) return;
  canvas.width = width; canvas.height = height;
  canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(rgba.buffer, rgba.byteOffset, rgba.byteLength), width, height), 0, 0);
}

export async function canvasPng(id, name) {
  const blob = await new Promise(done => document.getElementById(id).toBlob(done, 'image/png'));
  save(name, 'image/png', blob);
}

// The divider follows the pointer.
document.addEventListener('pointerdown', e => slideTo(e));
document.addEventListener('pointermove', e => { if (e.buttons === 1) slideTo(e); });
function slideTo(e) {
  const divider = e.target.closest ? e.target.closest('[data-divider]') : null, input = document.getElementById('split');
  if (!divider || !input || e.pointerType === 'touch') return;
  const box = divider.firstElementChild.getBoundingClientRect();
  input.value = Math.max(0, Math.min(100, (e.clientX - box.left) / box.width * 100));
  input.dispatchEvent(new Event('input', { bubbles: true }));
}

export function split(id, percent) { document.getElementById(id)?.style.setProperty('--split', percent + '%'); }
export function zoom(id, factor) { document.getElementById(id)?.style.setProperty('--zoom', factor); }

// Many cells: a colour or a token's letter for each, and texts.
export function cells(id, columns, rows, size, classes, texts) {
  const canvas = document.getElementById(id);
  if (!canvas) return;
  const scale = devicePixelRatio || 1, style = getComputedStyle(root), ink = style.getPropertyValue('--lk'), fills = {};
  canvas.width = Math.round(columns * size * scale); canvas.height = Math.round(rows * size * scale);
  canvas.style.width = columns * size + 'px'; canvas.style.height = rows * size + 'px';
  const g = canvas.getContext('2d');
  g.scale(scale, scale);
  g.textAlign = 'center'; g.textBaseline = 'middle';
  for (let i = 0; i < classes.length; i++) {
    const x = i % columns * size, y = Math.floor(i / columns) * size, name = classes[i];
    if (name === '-') continue;
    g.fillStyle = fills[name] ??= name[0] === '#' ? name : style.getPropertyValue((size < 16 ? '--l' : '--f') + name);
    g.fillRect(x, y, size > 3 ? size - 1 : size, size > 3 ? size - 1 : size);
    if (texts[i]) {
      g.fillStyle = name[0] === '#' ? '#1b1f24' : ink;
      g.font = Math.min(12, Math.max(6, (size - 3) / (0.58 * texts[i].length))) + 'px system-ui,sans-serif';
      g.fillText(texts[i], x + size / 2, y + size / 2);
    }
  }
}

function rings(ids) {
  for (const canvas of document.querySelectorAll('canvas.rings')) canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
  const rest = [];
  for (const id of ids) {
    const at = id.lastIndexOf('-'), canvas = document.getElementById(id.slice(0, at) + '-rings');
    if (!canvas) { rest.push(id); continue; }
    const { columns, tile } = document.getElementById(id.slice(0, at) + '-canvas').dataset, size = +tile, i = +id.slice(at + 1);
    const g = canvas.getContext('2d');
    g.strokeStyle = getComputedStyle(root).getPropertyValue('--lh'); g.lineWidth = size > 4 ? 2 : 1;
    g.strokeRect(i % columns * size + 1, Math.floor(i / columns) * size + 1, Math.max(2, size - 3), Math.max(2, size - 3));
  }
  return rest;
}

function onCanvas(e) {
  const canvas = e.target;
  if (canvas.tagName !== 'CANVAS' || !canvas.dataset.columns) return null;
  const box = canvas.getBoundingClientRect(), size = +canvas.dataset.tile, columns = +canvas.dataset.columns;
  const column = Math.floor((e.clientX - box.left) / size), row = Math.floor((e.clientY - box.top) / size);
  return column >= 0 && column < columns && row >= 0 ? { id: canvas.dataset.prefix + '-' + (row * columns + column) } : null;
}

export function now() { return performance.now(); }
export function frame() { return new Promise(done => requestAnimationFrame(() => setTimeout(done, 0))); }

// Workers, one for each kind of work, each hired when there is first something for it to do.
const workers = new Map(), asked = new Map();
export function hire(kind) {
  if (!window.Worker) return Promise.resolve(false);
  if (!workers.has(kind)) {
    const worker = new Worker('worker.js', { type: 'module', name: kind });
    workers.set(kind, worker);
    worker.addEventListener('message', e => {
      const { turn, done, made, fault } = e.data, one = asked.get(turn);
      if (done !== undefined) { page.invokeMethodAsync('Progressed', turn, done); return; }
      asked.delete(turn);
      if (fault !== undefined) one?.failed(new Error(fault)); else one?.done(made);
    });
    worker.addEventListener('error', e => leave(kind, e.message ?? 'the worker cannot be started'));
  }
  return work(kind, `${kind} is there`, '').then(() => true, () => false);
}
export function work(kind, turn, name, ...args) {
  return new Promise((done, failed) => {
    asked.set(turn, { kind, done, failed });
    workers.get(kind).postMessage([turn, name, ...args]);
  });
}
export function dismiss(kind, turn) { workers.get(kind)?.postMessage([-1, 'Cancel', turn]); }
// Ends a worker whatever it does; the next work hires another.
export function release(kind) {
  workers.get(kind)?.terminate();
  workers.delete(kind);
  leave(kind, 'the worker was ended');
}
function leave(kind, fault) {
  for (const [turn, one] of asked) if (one.kind === kind) { asked.delete(turn); one.failed(new Error(fault)); }
}
