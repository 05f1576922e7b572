// What the page cannot do by itself: the address, the pointer over drawn cells, files, copies, canvas.
let page = null, wanted = [], lit = [], cursor = null, dragging = false, pulled = null;
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

// When the page can be used and has nothing else to do, its files are kept for the time without a network (site-worker.js).
const restMilliseconds = 1500;
export function keep() {
  if (!navigator.serviceWorker) return;
  const idle = window.requestIdleCallback ?? setTimeout;
  setTimeout(() => idle(async () => {
    try {
      navigator.serviceWorker.addEventListener('message', e => { if (e.data === 'kept') root.dataset.kept = ''; });
      await navigator.serviceWorker.register('site-worker.js', { updateViaCache: 'none' });
      (await navigator.serviceWorker.ready).active.postMessage('keep');
    } catch { }
  }), restMilliseconds);
}

const store = key => { try { return localStorage.getItem(key); } catch { return null; } };

// The address without reloading: sliding replaces the entry of the history, letting go adds one.
export function address(text, add) {
  if (location.hash === text) return;
  history[add ? 'pushState' : 'replaceState'](null, '', text);
}

export function light(ids, active, label) {
  wanted = ids;
  relight();
  if (cursor) { cursor.classList.remove('cursor'); cursor = null; }
  const cell = active ? document.getElementById(active) ?? spot(active) : null;
  if (!cell) return;
  cursor = cell;
  cell.classList.add('cursor');
  cell.setAttribute('aria-label', label);
  cell.closest('[data-cells]')?.setAttribute('aria-activedescendant', cell.id);
  if (document.activeElement === cell.closest('[data-cells]')) cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

// The same once more, where what it is drawn on is new.
export function relight() {
  for (const id of lit) document.getElementById(id)?.classList.remove('lit');
  lit = rings(wanted);
  for (const id of lit) document.getElementById(id)?.classList.add('lit');
}

// A canvas has no cells: one element lies where the cell is, for the reader and to be scrolled to.
function spot(id) {
  const at = id.lastIndexOf('-'), element = document.getElementById(id.slice(0, at) + '-spot');
  if (!element) return null;
  const { columns, tile } = document.getElementById(id.slice(0, at) + '-canvas').dataset, i = +id.slice(at + 1);
  Object.assign(element.style, { left: i % columns * tile + 'px', top: Math.floor(i / columns) * tile + 'px', width: tile + 'px', height: tile + 'px' });
  return element;
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
  const { image, release } = await loaded(new Blob([text], { type: 'image/svg+xml' }), 'the drawing could not be read');
  try {
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * scale; canvas.height = image.naturalHeight * scale;
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
    return new Uint8Array(await blob.arrayBuffer());
  } finally { release(); }
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
// The size stands in the file's first bytes and is known before any pixel is.
export async function decode(limit) {
  const { image, release } = await loaded(given, 'The source image could not be decoded.');
  try {
    const width = image.naturalWidth, height = image.naturalHeight;
    if (width * height > limit) return new Uint8Array(new Uint32Array([width, height]).buffer);
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = width; canvas.height = height;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    const data = context.getImageData(0, 0, width, height).data, all = new Uint8Array(8 + data.length);
    new Uint32Array(all.buffer, 0, 2).set([width, height]);
    all.set(data, 8);
    return all;
  } finally { release(); }
}

async function loaded(blob, fault) {
  const url = URL.createObjectURL(blob), image = new Image();
  try {
    await new Promise((done, failed) => { image.onload = done; image.onerror = () => failed(new Error(fault)); image.src = url; });
    return { image, release: () => URL.revokeObjectURL(url) };
  } catch (one) {
    URL.revokeObjectURL(url);
    throw one;
  }
}

export function paint(id, width, height, rgba) {
  const canvas = document.getElementById(id);
  if (!canvas) return;
  canvas.width = width; canvas.height = height;
  canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(rgba.buffer, rgba.byteOffset, rgba.byteLength), width, height), 0, 0);
}

export async function canvasPng(id, name, part) {
  let canvas = document.getElementById(id);
  if (part) {
    const [x, y, width, height] = part, whole = canvas;
    canvas = Object.assign(document.createElement('canvas'), { width, height });
    canvas.getContext('2d').drawImage(whole, -x, -y);
  }
  const blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
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

// Many cells, some rows at a time: what each is filled with, and its text. No canvas is as wide as a hundred thousand pixels.
const mostPixels = 16384, drawings = new Map();
export function canvas(id, columns, rows, size, fills) {
  const canvas = document.getElementById(id);
  if (!canvas) return;
  const scale = Math.min(devicePixelRatio || 1, mostPixels / (columns * size), mostPixels / (rows * size)), style = getComputedStyle(root);
  canvas.width = Math.ceil(columns * size * scale); canvas.height = Math.ceil(rows * size * scale);
  canvas.style.width = columns * size + 'px'; canvas.style.height = rows * size + 'px';
  const g = canvas.getContext('2d');
  g.scale(scale, scale);
  g.textAlign = 'center'; g.textBaseline = 'middle';
  for (const known of drawings.keys()) if (!document.getElementById(known)) drawings.delete(known);
  drawings.set(id, {
    g, columns, size, ink: style.getPropertyValue('--lk'),
    fills: fills.map(name => name[0] === '#' ? { color: name, ink: '#1b1f24' } : name === '-' ? null : { color: style.getPropertyValue((size < 16 ? '--l' : '--f') + name) }),
  });
}
export function cells(id, row, filled, texts) {
  const drawing = drawings.get(id);
  if (!drawing) return;
  const { g, columns, size, ink, fills } = drawing, gap = size > 3 ? 1 : 0;
  for (let i = 0, run = 1; i < filled.length; i += run, run = 1) {
    const fill = fills[filled[i]], x = i % columns * size, y = (row + Math.floor(i / columns)) * size;
    if (!gap) while ((i + run) % columns && filled[i + run] === filled[i]) run++;
    if (!fill) continue;
    g.fillStyle = fill.color;
    g.fillRect(x, y, run * size - gap, size - gap);
    if (!texts[i]) continue;
    g.fillStyle = fill.ink ?? ink;
    g.font = Math.min(12, Math.max(6, (size - 3) / (0.58 * texts[i].length))) + 'px system-ui,sans-serif';
    g.fillText(texts[i], x + size / 2, y + size / 2);
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
