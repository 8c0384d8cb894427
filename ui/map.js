// The map. Mounted once; each rerun of the page calls the default export again with the list of layers and what the user
// chose. The data of the layers come through silent neighbours (map_layers.js), so that they travel only when they change;
// once all have come, those whose version changed are drawn anew. Zoom and pan stay in the browser. Text from data is only
// ever set as text.
const maps = new WeakMap();
let leaflet;

const here = () => document.baseURI.replace(/[?#].*$/, "").replace(/[^/]*$/, "");
const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
// The legend covers the right side of a wide map: what is shown lies beside it.
const beside = (box) => (box.clientWidth > 700 ? 236 : 6);
const narrow = () => window.matchMedia("(max-width: 640px)").matches;

// Names arrive escaped by ui.map.safe_text: undo exactly that, then show them as text, never as HTML.
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"' };
const plain = (value) =>
  String(value ?? "").replace(/&(?:(amp|lt|gt|quot)|#(\d{1,5}));/g, (_, name, code) => name ? NAMED[name] : String.fromCharCode(code));

function el(tag, className, content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (content !== undefined) node.textContent = content;
  return node;
}

function card(title, lines) {
  const box = el("div", "qh-card");
  if (title) box.append(el("b", "", plain(title)));
  for (const line of lines ?? []) box.append(el("div", "", plain(line)));
  return box;
}

const SHAPES = {
  circle: '<circle cx="10" cy="10" r="7.2"/>',
  square: '<rect x="3.4" y="3.4" width="13.2" height="13.2" rx="1.5"/>',
  triangle: '<path d="M10 2.2 18.2 17H1.8z"/>',
  diamond: '<path d="M10 1.4 18.6 10 10 18.6 1.4 10z"/>',
  cross: '<path d="M7.4 2h5.2v4.4H18v5.2h-5.4V18H7.4v-6.4H2V6.4h5.4z"/>',
  plus: '<path d="M7.2 1.8h5.6v5.4h5.4v5.6h-5.4v5.4H7.2v-5.4H1.8V7.2h5.4z"/>',
  crossed: '<path d="M2 4.6 4.6 2 10 7.4 15.4 2 18 4.6 12.6 10 18 15.4 15.4 18 10 12.6 4.6 18 2 15.4 7.4 10z"/>',
  ring: '<path d="M1 10a9 9 0 1 0 18 0 9 9 0 0 0-18 0zm2.6 0a6.4 6.4 0 0 1 12.8 0 6.4 6.4 0 0 1-12.8 0z"/>',
  stake: '<path d="M10 2 15 8.5V18H5V8.5z"/>',
};

// Built from our own tables (symbol) and a checked colour, never from data text.
function svg(symbol, colour, size, hollow) {
  const paint = /^#[0-9a-fA-F]{3,8}$/.test(colour) ? colour : "#667";
  const shape = SHAPES[symbol] ?? SHAPES.circle;
  const style = hollow ? `fill="#fff" stroke="${paint}" stroke-width="2.6"` : `fill="${paint}" stroke="#fff" stroke-width="1.8"`;
  return `<svg viewBox="0 0 20 20" width="${size}" height="${size}" aria-hidden="true"><g ${style} stroke-linejoin="round">${shape}</g></svg>`;
}

// ---- base map: vector tiles painted on canvas
const PAPER = "#f4f3ef";
const WIDTHS = [0.55, 0.8, 1.2, 1.7, 2.3, 3.0];
const FILL = ["#ffffff", "#ffffff", "#ffffff", "#ffffff", "#fdf6e3", "#fbeecb"];
const CASE = ["#dedad1", "#d9d5cb", "#d3cec2", "#cfc9ba", "#d5c9a8", "#d0bf92"];
const FAR = ["#e6e3dc", "#e0ddd5", "#d9d5cb", "#d2cdc1", "#d3c7a6", "#cdbb8c"];

function paint(canvas, coords, size, sources, extent) {
  const dpr = Math.min(window.devicePixelRatio || 1, 2);
  canvas.width = size.x * dpr;
  canvas.height = size.y * dpr;
  const ctx = canvas.getContext("2d");
  ctx.scale(dpr, dpr);
  // Opaque, so that tiles of the zoom before do not shine through until they are gone.
  ctx.fillStyle = PAPER;
  ctx.fillRect(0, 0, size.x, size.y);
  ctx.lineCap = ctx.lineJoin = "round";
  const paths = WIDTHS.map(() => new Path2D());
  for (const { lines, x, y, z } of sources) {
    const zoom = 2 ** (coords.z - z), unit = (size.x * zoom) / extent;
    const dx = (x * zoom - coords.x) * size.x, dy = (y * zoom - coords.y) * size.y;
    for (const line of lines) {
      const path = paths[line[0]];
      let px = line[1], py = line[2];
      path.moveTo(px * unit + dx, py * unit + dy);
      for (let i = 3; i < line.length; i += 2) {
        px += line[i];
        py += line[i + 1];
        path.lineTo(px * unit + dx, py * unit + dy);
      }
    }
  }
  const grow = 1.36 ** (coords.z - 12.5);
  const cased = coords.z >= 13;
  if (cased) paths.forEach((path, rank) => {
    ctx.strokeStyle = CASE[rank];
    ctx.lineWidth = WIDTHS[rank] * grow * 1.5 + 1.3;
    ctx.stroke(path);
  });
  paths.forEach((path, rank) => {
    ctx.strokeStyle = cased ? FILL[rank] : FAR[rank];
    ctx.lineWidth = Math.max(WIDTHS[rank] * grow * (cased ? 1.5 : 1), 0.4);
    ctx.stroke(path);
  });
}

function roads(L, base) {
  const files = new Map();
  const root = here() + base.url;
  const index = fetch(root + "index.json").then((r) => r.json()).then((found) => new Set(found.tiles)).catch(() => new Set());
  const load = (name) => {
    if (!files.has(name)) files.set(name, fetch(`${root}${name}.json`).then((r) => (r.ok ? r.json() : [])).catch(() => []));
    return files.get(name);
  };
  const Roads = L.GridLayer.extend({
    createTile(coords, done) {
      const canvas = el("canvas", "leaflet-tile");
      const size = this.getTileSize();
      const z = base.levels.filter((level) => level <= coords.z).pop() ?? base.levels[0];
      const many = Math.max(1, 2 ** (z - coords.z)), zoom = 2 ** (z - coords.z);
      const wanted = [];
      for (let i = 0; i < many; i++) for (let j = 0; j < many; j++)
        wanted.push({ z, x: Math.floor(coords.x * zoom) + i, y: Math.floor(coords.y * zoom) + j });
      index.then((known) => Promise.all(wanted.filter((t) => known.has(`${t.z}/${t.x}_${t.y}`))
        .map((t) => load(`${t.z}/${t.x}_${t.y}`).then((lines) => ({ ...t, lines })))))
        .then((sources) => { paint(canvas, coords, size, sources, base.extent); done(null, canvas); });
      return canvas;
    },
  });
  return new Roads({ pane: "roads", updateWhenZooming: false, keepBuffer: 3 });
}

// ---- layers
function polygons(L, spec) {
  return L.geoJSON(spec.data, { pane: spec.pane ?? "areas", interactive: false, style: { ...spec.style, className: `qh-${spec.id}` } });
}

function lines(L, spec, state) {
  const group = L.layerGroup();
  L.geoJSON(spec.data, { interactive: false, style: { color: "#ffffff", weight: spec.style.weight + 2, opacity: 0.7, renderer: state.canvas } }).addTo(group);
  L.geoJSON(spec.data, {
    style: { ...spec.style, renderer: state.canvas },
    onEachFeature: (feature, layer) => layer.bindTooltip(() => card(feature.properties.title, feature.properties.lines), { sticky: true }),
  }).addTo(group);
  return group;
}

// Far out, marks shrink so that the service areas stay in sight.
const grown = (zoom) => Math.min(1.15, Math.max(0.26, 2 ** ((zoom - 13.6) * 0.62)));

function resize(state) {
  const zoom = state.map.getZoom(), by = grown(zoom);
  state.box.classList.toggle("qh-far", zoom < 12);
  state.box.classList.toggle("qh-mid", zoom >= 12 && zoom < 13.5);
  for (const { layer } of state.layers.values()) {
    if (!layer.qhDots) continue;
    for (const [dot, radius] of layer.qhDots) {
      dot.options.stroke = by > 0.5;
      dot.options.fillOpacity = by > 0.5 ? 0.78 : 0.55;
      dot.setRadius(Math.max(radius * by, 1.1));
    }
  }
}

// Thousands of dots share a few sentences: these travel once, in the style, and are filled in when a dot is pointed at.
function dotCard(spec, i) {
  const { people, minutes, name } = spec.data, { title, reached, none } = spec.text;
  const amount = people[i].toLocaleString("en-US", { maximumFractionDigits: 0 });
  const time = minutes[i] === null ? none : reached.replace("#", minutes[i].toFixed(1));
  return card(title.replace("#", amount), [name[i], time]);
}

function dots(L, spec, state) {
  const { lon, lat, radius } = spec.data;
  const group = L.layerGroup();
  const by = grown(state.map.getZoom());
  group.qhDots = [];
  radius.forEach((size, i) => {
    const dot = L.circleMarker([lat[i], lon[i]], { ...spec.style, radius: Math.max(size * by, 1.1), stroke: by > 0.5, fillOpacity: by > 0.5 ? 0.78 : 0.55, renderer: state.canvas, bubblingMouseEvents: false });
    dot.bindTooltip(() => dotCard(spec, i), { direction: "top" });
    dot.on("click", () => state.tell({ layer: spec.id, id: "", lat: lat[i], lon: lon[i] }));
    group.qhDots.push([dot, size]);
    group.addLayer(dot);
  });
  return group;
}

function symbols(L, spec, state) {
  const { lon, lat, id, hollow, title, lines: text } = spec.data;
  const group = L.layerGroup();
  const size = spec.style.size ?? 15;
  const tag = spec.style.tag ? `<span>${spec.style.tag}</span>` : "";
  const icon = (empty) => L.divIcon({ className: `qh-symbol qh-${spec.group ?? spec.id} qh-${spec.id}`, iconSize: [size, size], html: svg(spec.style.symbol, spec.style.colour, size, empty) + tag });
  const [full, empty] = [icon(false), icon(true)];
  id.forEach((key, i) => {
    const mark = L.marker([lat[i], lon[i]], { icon: hollow?.[i] ? empty : full, keyboard: false, bubblingMouseEvents: false, zIndexOffset: spec.style.above ?? 0 });
    mark.bindTooltip(() => card(title[i], text[i]), { direction: "top", offset: [0, -size / 2] });
    mark.on("click", () => state.tell({ layer: spec.group ?? spec.id, id: key, lat: lat[i], lon: lon[i] }));
    group.addLayer(mark);
  });
  return group;
}

function labels(L, spec) {
  const group = L.layerGroup();
  spec.data.title.forEach((title, i) => {
    const node = el("span", "", plain(title));
    const icon = L.divIcon({ className: "qh-label", iconSize: [0, 0], html: node });
    group.addLayer(L.marker([spec.data.lat[i], spec.data.lon[i]], { icon, interactive: false, keyboard: false, pane: "labels" }));
  });
  return group;
}

const DRAW = { polygons, lines, dots, symbols, labels };

function swatch(mark) {
  const box = el("span", "qh-swatch");
  if (mark.symbol) box.innerHTML = svg(mark.symbol, mark.colour, 14, mark.hollow);
  else {
    const patch = el("i", mark.form);
    if (mark.form === "line") patch.style.borderTopColor = mark.colour;
    else patch.style.background = mark.colour;
    if (mark.dash) patch.style.borderTopStyle = "dashed";
    if (mark.edge) patch.style.borderColor = mark.edge;
    box.append(patch);
  }
  return box;
}

function legend(state, data) {
  state.legend.querySelector(":scope > summary").textContent = data.text.legend;
  const body = state.legend.querySelector(":scope > div");
  body.replaceChildren();
  const open = state.fold?.open;
  state.fold = undefined;
  for (const spec of data.layers) {
    if (!spec.legend) continue;
    let into = body;
    if (spec.heading) body.append(el("h4", "", spec.heading));
    if (spec.fold) {
      if (!state.fold) {
        state.fold = el("details", "qh-fold");
        state.fold.open = Boolean(open);
        state.fold.append(el("summary", "", spec.fold));
        body.append(state.fold);
      }
      into = state.fold;
    }
    const row = el("label");
    const tick = el("input");
    tick.type = "checkbox";
    tick.checked = state.shown.get(spec.id);
    tick.dataset.layer = spec.id;
    tick.addEventListener("change", () => {
      state.shown.set(spec.id, tick.checked);
      show(state, spec.id);
      if (spec.on_request) state.ask({ layer: spec.id, on: tick.checked });
    });
    row.append(tick, swatch(spec.legend), el("span", "", plain(spec.label)));
    into.append(row);
  }
  if (data.text.legend_note) body.append(el("p", "", data.text.legend_note));
}

function show(state, id) {
  const { layer } = state.layers.get(id) ?? {};
  if (!layer) return;
  const on = state.shown.get(id) && (!layer.qhFrom || state.map.getZoom() >= layer.qhFrom);
  if (on) layer.addTo(state.map);
  else layer.remove();
  if (on && layer.qhStack !== undefined) stack(state);
}

// Nested areas: the narrowest on top, whatever was switched on last.
function stack(state) {
  [...state.layers.values()].map((entry) => entry.layer).filter((layer) => layer.qhStack !== undefined && state.map.hasLayer(layer))
    .sort((a, b) => a.qhStack - b.qhStack).forEach((layer) => layer.bringToBack());
}

// Draws once the data of all layers are here: never half of one answer and half of another.
function update(L, state, data, store) {
  if (data.layers.some((spec) => store.layers.get(spec.id)?.version !== spec.version)) return;
  const wanted = new Set(data.layers.map((spec) => spec.id));
  for (const id of [...state.layers.keys()]) if (!wanted.has(id)) { state.layers.get(id).layer.remove(); state.layers.delete(id); }
  const counts = {};
  for (const spec of data.layers) {
    counts[spec.id] = spec.count;
    if (!state.shown.has(spec.id) || state.defaults.get(spec.id) !== spec.on) state.shown.set(spec.id, spec.on);
    state.defaults.set(spec.id, spec.on);
    draw(L, state, spec, store.layers.get(spec.id).data);
    show(state, spec.id);
  }
  state.box.dataset.counts = JSON.stringify(counts);
  legend(state, data);
  state.box.dataset.ready = "yes";
  state.box.dataset.drawing = data.drawing;
  state.box.setAttribute("aria-label", data.text.label);
  state.badges.replaceChildren(...Object.entries(data.text.badges).filter(([, text]) => text).map(([name, text]) => el("div", `qh-badge qh-badge-${name}`, text)));
  state.north.title = data.text.north;
  if (state.credit !== data.text.credit) {
    if (state.credit) state.map.attributionControl.removeAttribution(state.credit);
    state.map.attributionControl.addAttribution(data.text.credit);
    state.credit = data.text.credit;
  }
}

function draw(L, state, spec, data) {
  const { count, label, legend, heading, fold, on, on_request, style, ...rest } = spec;
  const [form, look] = [JSON.stringify(rest), JSON.stringify(style)];
  const old = state.layers.get(spec.id);
  if (old?.form === form && old.look === look) return;
  if (old?.form === form && spec.draw === "polygons") {
    // The same outline in another colour.
    old.layer.setStyle(style);
    old.look = look;
    return;
  }
  old?.layer.remove();
  const layer = DRAW[spec.draw](L, { ...spec, data }, state);
  layer.qhFrom = spec.from_zoom;
  layer.qhStack = spec.stack ?? undefined;
  state.layers.set(spec.id, { form, look, layer });
}

function follow(L, state, data) {
  if (data.mark && data.mark.version !== state.mark?.version) {
    state.mark?.layer.remove();
    const layer = L.geoJSON(data.mark.data, {
      pane: "mark", interactive: false, style: { color: "#12333a", weight: 3.5, fillOpacity: 0.04, className: "qh-mark" },
      pointToLayer: (_, at) => L.circleMarker(at, { pane: "mark", interactive: false, radius: 14, color: "#12333a", weight: 3.5, fillOpacity: 0, className: "qh-mark" }),
    }).addTo(state.map);
    state.mark = { version: data.mark.version, layer };
  } else if (!data.mark && state.mark) { state.mark.layer.remove(); state.mark = undefined; }
  if (data.focus && data.focus.seq !== state.focus) {
    state.focus = data.focus.seq;
    const [west, south, east, north] = data.focus.bounds;
    const paddingBottomRight = [state.legend.open ? beside(state.box) : 30, 30];
    state.map.flyToBounds([[south, west], [north, east]], { maxZoom: data.focus.zoom, paddingTopLeft: [30, 30], paddingBottomRight, duration: 0.7, animate: !calm() });
  }
  // A new choice opens a balloon; the same one under other minutes or what-ifs gets new words, if it is still open.
  const words = JSON.stringify(data.answer);
  if (data.answer && data.answer.seq === state.answer && words !== state.words) state.popup.setContent(card(data.answer.title, data.answer.lines));
  state.words = words;
  if (data.answer?.seq !== state.answer) {
    state.popup?.remove();
    state.answer = data.answer?.seq;
    if (data.answer) {
      state.popup = L.popup({ minWidth: 200, maxWidth: 270, autoPanPaddingTopLeft: [60, 48], autoPanPaddingBottomRight: [24, 24], className: "qh-answer" })
        .setLatLng([data.answer.lat, data.answer.lon]).setContent(card(data.answer.title, data.answer.lines)).openOn(state.map);
    }
  }
}

async function mount(L, box, data) {
  const map = L.map(box, { center: [0, 0], zoom: 12, minZoom: 8, maxZoom: 18, zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 1, wheelPxPerZoomLevel: 90 });
  const [west, south, east, north] = data.home;
  map.fitBounds([[south, west], [north, east]], { paddingTopLeft: [6, 6], paddingBottomRight: [beside(box), 14] });
  for (const [name, z] of [["roads", 200], ["areas", 350], ["outlines", 380], ["canvas", 420], ["labels", 450], ["mark", 640]]) {
    map.createPane(name).style.zIndex = z;
    if (name !== "canvas") map.getPane(name).style.pointerEvents = "none";
  }
  L.control.zoom({ position: "topleft", zoomInTitle: data.text.zoom_in, zoomOutTitle: data.text.zoom_out }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 110 }).addTo(map);
  map.attributionControl = L.control.attribution({ prefix: false }).addTo(map);
  const state = { map, box, layers: new Map(), shown: new Map(), defaults: new Map(), canvas: L.canvas({ pane: "canvas", padding: 0.4, tolerance: 4 }) };
  state.badges = el("div", "qh-badges");
  state.north = el("div", "qh-north");
  state.north.innerHTML = '<svg viewBox="0 0 20 30" width="18" height="27" aria-hidden="true"><path d="M10 10 16 28 10 24 4 28z" fill="#33454d"/><text x="10" y="8" text-anchor="middle" font-size="9" font-weight="700" fill="#33454d">N</text></svg>';
  state.legend = el("details", "qh-legend");
  state.legend.open = !narrow();
  state.legend.append(el("summary"), el("div"));
  box.append(state.badges, state.north, state.legend);
  L.DomEvent.disableClickPropagation(state.legend).disableScrollPropagation(state.legend);
  map.on("click", (e) => state.tell({ layer: "place", id: "", lat: e.latlng.lat, lon: e.latlng.lng }));
  map.on("zoomend", () => { resize(state); for (const id of state.layers.keys()) show(state, id); });
  const where = () => { const at = map.getCenter(); box.dataset.view = [map.getZoom(), at.lat.toFixed(4), at.lng.toFixed(4)].join(" "); };
  map.on("moveend", where);
  where();
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(box);
  if (data.base) roads(L, data.base).addTo(map);
  resize(state);
  return state;
}

export default async function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector(".qh-map");
  const root = here() + data.leaflet;
  leaflet ??= import(`${root}leaflet-src.esm.js`);
  if (!parentElement.querySelector("link.qh-leaflet")) {
    const link = el("link", "qh-leaflet");
    link.rel = "stylesheet";
    link.href = `${root}leaflet.css`;
    const ready = new Promise((resolve) => { link.onload = link.onerror = resolve; });
    parentElement.prepend(link);
    await ready;
  }
  const L = await leaflet;
  box.qhData = data;
  if (!maps.has(box)) maps.set(box, mount(L, box, data));
  const state = await maps.get(box);
  // A slower, older call must not draw over a newer one.
  if (box.qhData !== data) return;
  state.tell = (what) => setTriggerValue("clicked", what);
  state.ask = (what) => setTriggerValue("switched", what);
  const store = (window.quarterhour ??= { layers: new Map() });
  store.draw = () => update(L, state, data, store);
  store.draw();
  follow(L, state, data);
}
