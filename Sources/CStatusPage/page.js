'use strict';
// Asks the server once a second how it is, and shows what has changed. Text from the server only ever becomes text.

const period = 1000;
const shownPoints = 120;
const names = {
  calls: 'model_server_requests_total', seconds: 'model_server_request_duration_seconds', rows: 'model_server_batch_rows',
  memory: 'process_resident_memory_bytes', queue: 'model_server_queue_length', inFlight: 'model_server_requests_in_flight',
};

// MARK: Small things

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter(child => child != null));
  return made;
}

function svg(tag, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const time = milliseconds => new Date(milliseconds).toLocaleTimeString();

function short(number) {
  if (number === null || !isFinite(number)) return '–';
  if (number === 0) return '0';
  if (number >= 100) return Math.round(number).toLocaleString('en');
  return number.toPrecision(3).replace(/\.?0+$/, '');
}

function duration(seconds) {
  if (seconds === null || !isFinite(seconds)) return '–';
  if (seconds < 1e-3) return `${short(seconds * 1e6)} µs`;
  return seconds < 1 ? `${short(seconds * 1e3)} ms` : `${short(seconds)} s`;
}

function bytes(count) {
  if (count === null || !isFinite(count)) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) { count /= 1024; unit += 1; }
  return `${short(count)} ${units[unit]}`;
}

function age(milliseconds) {
  const minutes = Math.floor(milliseconds / 60000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}

// Replaces the children of `parent` only if `key` is another one than last time, so that focus and selection stay.
function refresh(parent, key, make) {
  if (parent.dataset.key === key) return;
  parent.dataset.key = key;
  parent.replaceChildren(...make());
}

// MARK: Metrics

// Samples of a Prometheus text: name → [{labels, value}].
function samples(text) {
  const found = new Map();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, key, value] of (match[2] || '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      labels[key] = value.replace(/\\(.)/g, (_, mark) => mark === 'n' ? '\n' : mark);
    }
    const value = match[3] === '+Inf' ? Infinity : Number(match[3]);
    if (!found.has(match[1])) found.set(match[1], []);
    found.get(match[1]).push({ labels, value });
  }
  return found;
}

const model = labels => labels.model;

// The sum of a metric's samples, of one model or of all.
function total(found, name, of = null) {
  let sum = 0;
  for (const { labels, value } of found.get(name) ?? []) {
    if (of === null || model(labels) === of) sum += value;
  }
  return sum;
}

// Cumulative counts by upper limit, over all series of a histogram.
function buckets(found, name, of = null) {
  const counts = new Map();
  for (const { labels, value } of found.get(`${name}_bucket`) ?? []) {
    if (of !== null && model(labels) !== of) continue;
    const limit = labels.le === '+Inf' ? Infinity : Number(labels.le);
    counts.set(limit, (counts.get(limit) ?? 0) + value);
  }
  return [...counts].sort((a, b) => a[0] - b[0]);
}

// The quantile of what a histogram has taken in between two looks; null if that is nothing.
function quantile(before, after, share) {
  const earlier = new Map(before);
  const grown = after.map(([limit, count]) => [limit, count - (earlier.get(limit) ?? 0)]);
  const all = grown.length ? grown[grown.length - 1][1] : 0;
  if (all <= 0) return null;
  let low = 0;
  let below = 0;
  for (const [limit, count] of grown) {
    if (count >= share * all) {
      if (limit === Infinity) return low;
      const inside = count - below;
      return low + (limit - low) * (inside > 0 ? (share * all - below) / inside : 1);
    }
    low = limit;
    below = count;
  }
  return low;
}

// MARK: Plots

class Plot {
  constructor(title, format, curves) {
    this.title = title;
    this.format = format;
    this.curves = curves;
    this.points = curves.map(() => []);
    this.value = element('div', { class: 'value' }, '–');
    this.drawing = svg('svg', { viewBox: '0 0 120 40', preserveAspectRatio: 'none', role: 'img', 'aria-label': title });
    this.paths = curves.map((_, index) => svg('path', index ? { class: 'second', d: '' } : { d: '' }));
    this.drawing.append(svg('line', { x1: 0, x2: 120, y1: 39.5, y2: 39.5 }), ...this.paths);
    document.getElementById('plots').append(
      element('div', { class: 'plot' }, element('h3', {}, title), this.value, this.drawing));
  }

  add(...values) {
    values.forEach((value, index) => {
      this.points[index].push(value);
      if (this.points[index].length > shownPoints) this.points[index].shift();
    });
    const top = Math.max(1e-12, ...this.points.flat().filter(value => value !== null)) * 1.1;
    this.points.forEach((points, index) => {
      let pen = 'M';
      const steps = [];
      points.forEach((value, position) => {
        if (value === null) { pen = 'M'; return; }
        const x = shownPoints - points.length + position;
        steps.push(`${pen}${x} ${(39 - 38 * value / top).toFixed(2)}`);
        pen = 'L';
      });
      this.paths[index].setAttribute('d', steps.join(''));
    });
    const text = values.map((value, index) => `${this.curves[index]} ${this.format(value)}`.trim()).join(' · ');
    this.value.textContent = text;
    const highest = Math.max(0, ...this.points.flat().filter(value => value !== null));
    this.drawing.setAttribute('aria-label', `${this.title}, last two minutes: now ${text}, at most ${this.format(highest)}`);
  }
}

const plots = {
  rate: new Plot('Requests per second', short, ['']),
  latency: new Plot('Latency', duration, ['p50', 'p99']),
  batch: new Plot('Rows per batch, mean', short, ['']),
  queue: new Plot('Requests in progress, in queues', short, ['', 'queued']),
  memory: new Plot('Memory of the process', bytes, ['']),
};

let last = null;

function plot(found, now) {
  const seen = { now, calls: total(found, names.calls), latency: buckets(found, names.seconds), models: new Map() };
  seen.rows = [total(found, `${names.rows}_sum`), total(found, `${names.rows}_count`)];
  for (const { labels, value } of found.get(names.calls) ?? []) {
    const name = model(labels);
    seen.models.set(name, (seen.models.get(name) ?? 0) + value);
  }
  seen.found = found;
  if (last !== null && now > last.now) {
    const seconds = (now - last.now) / 1000;
    const batches = seen.rows[1] - last.rows[1];
    plots.rate.add(Math.max(0, seen.calls - last.calls) / seconds);
    plots.latency.add(quantile(last.latency, seen.latency, 0.5), quantile(last.latency, seen.latency, 0.99));
    plots.batch.add(batches > 0 ? (seen.rows[0] - last.rows[0]) / batches : null);
    plots.queue.add(total(found, names.inFlight), total(found, names.queue));
    plots.memory.add(total(found, names.memory));
    for (const [name, card] of cards) {
      const rate = Math.max(0, (seen.models.get(name) ?? 0) - (last.models.get(name) ?? 0)) / seconds;
      const median = quantile(buckets(last.found, names.seconds, name), buckets(found, names.seconds, name), 0.5);
      const high = quantile(buckets(last.found, names.seconds, name), buckets(found, names.seconds, name), 0.99);
      card.figures.textContent = rate > 0 ? `${short(rate)}/s · p50 ${duration(median)} · p99 ${duration(high)}` : 'no requests';
    }
  }
  last = seen;
}

// MARK: Models

const cards = new Map();

function path(name, version) {
  return `/v1/models/${encodeURIComponent(name)}/versions/${version}`;
}

class ModelCard {
  constructor(name) {
    this.name = name;
    this.available = [];
    const id = `model-${cards.size}`;
    this.figures = element('span', { class: 'figures' });
    this.tags = element('span');
    this.versions = element('ul', { class: 'versions', 'aria-label': `Versions of ${name}` });
    this.trouble = element('div');
    this.tryOut = element('details', { ontoggle: () => this.opened() }, element('summary', {}, 'Signatures, and try a Predict'));
    this.form = element('div');
    this.tryOut.append(this.form);
    this.picture = element('div');
    this.root = element('article', { class: 'model', 'aria-labelledby': id },
      element('div', { class: 'head' }, element('h3', { id }, name, ' ', this.tags), this.figures),
      this.versions, this.trouble, this.picture, this.tryOut);
  }

  show(state) {
    this.available = state.versions.filter(version => version.state === 'AVAILABLE').map(version => version.version);
    const labels = {};
    for (const [label, version] of Object.entries(state.labels)) (labels[version] ??= []).push(label);
    const versions = state.versions.slice(0, 12);
    refresh(this.versions, JSON.stringify([versions, state.labels]), () => versions.map(version => element('li', {},
      `${version.version} `, element('span', { class: `state ${version.state}` }, version.state),
      ...(labels[version.version] ?? []).flatMap(label => [' ', element('span', { class: 'tag' }, label)]))));
    const wrong = state.versions.filter(version => version.code !== 'OK').slice(0, 5);
    const none = state.versions.length === 0 && state.configured;
    refresh(this.trouble, JSON.stringify([wrong, none]), () => [
      ...wrong.map(version => element('p', { class: 'wrong' }, `Version ${version.version}: ${version.code}: ${version.message}`)),
      ...(none ? [element('p', { class: 'soft' }, 'No version has been found in the base path yet.')] : []),
    ]);
    refresh(this.picture, JSON.stringify(state.picture), () => state.picture ? [new PictureForm(this.name, state.picture).root] : []);
    this.opened();
  }

  // The form is made for the newest version that is served, again when that is another one.
  async opened() {
    if (!this.tryOut.open) return;
    const version = this.available[0];
    if (this.formVersion === version) return;
    this.formVersion = version;
    if (version === undefined) return this.form.replaceChildren(element('p', {}, 'No version is served now.'));
    try {
      const answer = await (await fetch(`${path(this.name, version)}/metadata`)).json();
      if (answer.error) throw new Error(answer.error);
      this.form.replaceChildren(new PredictForm(this.name, version, answer.metadata.signature_def.signature_def).root);
    } catch (error) {
      this.formVersion = null;
      this.form.replaceChildren(element('p', { class: 'wrong' }, String(error.message)));
    }
  }
}

function showModels(models) {
  const list = document.getElementById('model-list');
  document.getElementById('no-models').hidden = models.length > 0;
  const present = new Set(models.map(state => state.name));
  for (const [name, card] of cards) {
    if (!present.has(name)) { card.root.remove(); cards.delete(name); }
  }
  for (const state of models) {
    if (!cards.has(state.name)) {
      cards.set(state.name, new ModelCard(state.name));
      list.append(cards.get(state.name).root);
    }
    cards.get(state.name).show(state);
  }
}

// MARK: Predict

const largestExample = 4096;

// A value of the type and shape, unknown sizes taken as 1; null if it is too large to be looked at.
function example(info) {
  const dims = info.tensor_shape.unknown_rank ? [] : (info.tensor_shape.dim ?? []).map(dim => Math.max(1, Number(dim.size)));
  if (dims.reduce((a, b) => a * b, 1) > largestExample) return null;
  const zero = info.dtype === 'DT_STRING' ? 'text' : info.dtype === 'DT_BOOL' ? false : 0;
  const nest = depth => depth === dims.length ? zero : Array.from({ length: dims[depth] }, () => nest(depth + 1));
  return nest(0);
}

function shapeText(info) {
  if (info.tensor_shape.unknown_rank) return 'any shape';
  return `[${(info.tensor_shape.dim ?? []).map(dim => dim.size === '-1' ? '?' : dim.size).join(', ')}]`;
}

class PredictForm {
  constructor(name, version, signatures) {
    this.name = name;
    this.version = version;
    this.signatures = signatures;
    const keys = Object.keys(signatures).filter(key => key !== '__saved_model_init_op').sort();
    this.choice = element('select', { onchange: () => this.choose() }, ...keys.map(key => element('option', {}, key)));
    if (keys.includes('serving_default')) this.choice.value = 'serving_default';
    this.table = element('div');
    this.body = element('textarea', { spellcheck: 'false' });
    this.output = element('pre', { 'aria-live': 'polite', hidden: true });
    this.took = element('p', { class: 'soft', 'aria-live': 'polite' });
    this.root = element('div', {},
      element('label', {}, `Signature of version ${version}`, this.choice), this.table,
      element('label', {}, 'Body of the request (JSON)', this.body),
      element('button', { type: 'button', onclick: () => this.send() }, 'Predict'), this.took, this.output);
    this.choose();
  }

  choose() {
    const signature = this.signatures[this.choice.value];
    if (!signature) return;
    const rows = (kind, entries) => Object.entries(entries ?? {}).sort().map(([alias, info]) => element('tr', {},
      element('td', {}, kind), element('td', {}, alias), element('td', {}, info.dtype), element('td', {}, shapeText(info))));
    this.table.replaceChildren(element('table', {},
      element('thead', {}, element('tr', {}, ...['', 'Alias', 'Type', 'Shape'].map(text => element('th', { scope: 'col' }, text)))),
      element('tbody', {}, ...rows('input', signature.inputs), ...rows('output', signature.outputs))));
    const inputs = {};
    let isTooLarge = false;
    for (const [alias, info] of Object.entries(signature.inputs ?? {})) {
      const value = example(info);
      if (value === null) isTooLarge = true;
      inputs[alias] = value ?? [];
    }
    this.body.value = JSON.stringify({ signature_name: this.choice.value, inputs });
    this.took.textContent = isTooLarge ? 'An input is too large for an example; fill in its numbers.' : '';
  }

  async send() {
    const start = performance.now();
    this.output.hidden = false;
    try {
      const answer = await fetch(`${path(this.name, this.version)}:predict`, { method: 'POST', body: this.body.value });
      const text = await answer.text();
      this.took.textContent = `${answer.status} after ${duration((performance.now() - start) / 1000)}`;
      this.output.textContent = text.length > 20000 ? `${text.slice(0, 20000)} … (${text.length} characters)` : text;
    } catch (error) {
      this.took.textContent = '';
      this.output.textContent = `The server does not answer: ${error.message}`;
    }
  }
}

// MARK: Pictures

class PictureForm {
  constructor(name, form) {
    this.name = name;
    this.canvas = element('canvas', { width: 280, height: 280, 'aria-label': `Draw a picture for ${name} here`, role: 'img' });
    this.labels = element('ol', { class: 'labels', 'aria-live': 'polite', 'aria-label': `What ${name} sees` });
    this.message = element('p', { class: 'wrong', 'aria-live': 'assertive' });
    const file = element('input', { type: 'file', accept: 'image/png,image/jpeg', onchange: () => this.sendFile(file.files[0]) });
    const drop = element('div', {
      class: 'drop',
      ondragover: event => { event.preventDefault(); drop.classList.add('over'); },
      ondragleave: () => drop.classList.remove('over'),
      ondrop: event => { event.preventDefault(); drop.classList.remove('over'); this.sendFile(event.dataTransfer.files[0]); },
    }, element('label', {}, 'Drop a picture here, or choose one (PNG or JPEG)', file));
    const size = `${form.width}×${form.height} ${form.grey ? 'grey' : 'colour'}`;
    this.root = element('div', { class: 'picture' },
      element('div', {}, this.canvas,
        element('div', {}, element('button', { type: 'button', onclick: () => this.sendDrawing() }, 'What is it?'),
          element('button', { type: 'button', class: 'plain', onclick: () => this.clear() }, 'Clear'))),
      element('div', {}, drop, element('p', { class: 'soft' }, `The model sees it as ${size} pixels.`), this.labels, this.message));
    this.clear();
    this.draw();
  }

  clear() {
    const context = this.canvas.getContext('2d');
    context.fillStyle = '#000';
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.labels.replaceChildren();
    this.message.textContent = '';
  }

  // Pointers draw in white with a round pen.
  draw() {
    const context = this.canvas.getContext('2d');
    let pen = null;
    const place = event => {
      const box = this.canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * this.canvas.width / box.width, (event.clientY - box.top) * this.canvas.height / box.height];
    };
    const line = event => {
      const next = place(event);
      Object.assign(context, { strokeStyle: '#fff', lineWidth: 22, lineCap: 'round', lineJoin: 'round' });
      context.beginPath();
      context.moveTo(...pen);
      context.lineTo(...next);
      context.stroke();
      pen = next;
    };
    this.canvas.addEventListener('pointerdown', event => {
      this.canvas.setPointerCapture(event.pointerId);
      pen = place(event);
      line(event);
    });
    this.canvas.addEventListener('pointermove', event => { if (pen) line(event); });
    for (const end of ['pointerup', 'pointercancel']) {
      this.canvas.addEventListener(end, () => { if (pen) this.sendDrawing(); pen = null; });
    }
  }

  sendDrawing() { this.canvas.toBlob(blob => this.send(blob), 'image/png'); }

  sendFile(file) {
    if (!file) return;
    const picture = new Image();
    picture.addEventListener('load', () => {
      const context = this.canvas.getContext('2d');
      this.clear();
      const scale = Math.min(this.canvas.width / picture.width, this.canvas.height / picture.height);
      const [width, height] = [picture.width * scale, picture.height * scale];
      context.drawImage(picture, (this.canvas.width - width) / 2, (this.canvas.height - height) / 2, width, height);
      URL.revokeObjectURL(picture.src);
      this.send(file);
    });
    picture.addEventListener('error', () => this.send(file));
    picture.src = URL.createObjectURL(file);
  }

  async send(blob) {
    this.message.textContent = '';
    try {
      const answer = await fetch(`/v1/models/${encodeURIComponent(this.name)}:predict_image`,
        { method: 'POST', headers: { 'Content-Type': blob.type || 'application/octet-stream' }, body: blob });
      const content = await answer.json();
      if (content.error) throw new Error(content.error);
      this.labels.replaceChildren(...content.predictions.map(({ label, probability }) =>
        element('li', {}, `${label}: ${(100 * probability).toFixed(1)} %`)));
    } catch (error) {
      this.labels.replaceChildren();
      this.message.textContent = error.message;
    }
  }
}

// MARK: Tables

function showTables(state) {
  refresh(document.getElementById('changes'), JSON.stringify(state.changes.at(-1) ?? null), () => state.changes.slice().reverse().map(change =>
    element('tr', {}, element('td', { class: 'time' }, time(change.time)), element('td', {}, change.model), element('td', {}, change.version),
      element('td', {}, element('span', { class: `state ${change.state}` }, change.state), change.message ? ` ${change.message}` : null))));
  refresh(document.getElementById('errors'), JSON.stringify(state.errors.at(-1) ?? null), () => state.errors.length === 0
    ? [element('tr', {}, element('td', { colspan: 4, class: 'soft' }, 'none'))]
    : state.errors.slice().reverse().map(error => element('tr', {},
      element('td', { class: 'time' }, time(error.time)), element('td', {}, error.model || '–'),
      element('td', {}, `${error.method} (${error.transport})`),
      element('td', {}, element('span', { class: 'wrong' }, error.code), ` ${error.message}`))));
}

function showServer(server) {
  const since = age(Date.now() - server.start);
  document.getElementById('server-facts').textContent =
    `Version ${server.version} · up for ${since} · ${server.processor} · ${server.compute_threads} compute threads`;
}

// MARK: The clock

async function look() {
  if (document.hidden) return;
  const connection = document.getElementById('connection');
  try {
    const [state, text] = await Promise.all([
      fetch('/page/state').then(answer => answer.json()), fetch('/page/metrics').then(answer => answer.text()),
    ]);
    showServer(state.server);
    showModels(state.models);
    showTables(state);
    plot(samples(text), performance.now());
    connection.textContent = '';
    document.body.dataset.looks = String(Number(document.body.dataset.looks ?? 0) + 1);
  } catch (error) {
    connection.textContent = `The server does not answer (${error.message}). Trying again.`;
  }
}

async function run() {
  await look();
  setTimeout(run, period);
}

document.addEventListener('visibilitychange', look);
run();
