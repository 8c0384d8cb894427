// What the map as a file needs beside the script that folium writes: marks, tooltips, and the frame of the map.
// Text has gone through ui.map.safe_text before it came into the file, so it is set as the HTML it was made to be.
const quarterhour = (() => {
  const dots = [];
  let canvas;

  const card = (title, lines) =>
    `<div class="qh-card">${title ? `<b>${title}</b>` : ""}${lines.filter(Boolean).map((line) => `<div>${line}</div>`).join("")}</div>`;

  // People left out: thousands of dots on one canvas, which share a few sentences.
  function dot(feature, at) {
    canvas ??= L.canvas({ padding: 0.4, tolerance: 4 });
    const mark = L.circleMarker(at, { renderer: canvas, radius: feature.properties.size });
    dots.push([mark, feature.properties.size]);
    return mark;
  }

  const dotTip = (text) => ({ properties: { people, minutes, name } }, layer) => {
    const amount = people.toLocaleString("en-US");
    const time = minutes === null ? text.none : text.reached.replace("#", minutes.toFixed(1));
    layer.bindTooltip(() => card(text.title.replace("#", amount), [name, time]), { direction: "top" });
  };

  const tip = ({ properties: { title, lines } }, layer) =>
    layer.bindTooltip(() => card(title, lines), { direction: "top", offset: [0, -8] });

  const label = (feature, at) => L.marker(at, {
    icon: L.divIcon({ className: "qh-label", iconSize: [0, 0], html: `<span>${feature.properties.title}</span>` }),
    pane: "labels", interactive: false, keyboard: false,
  });

  // Far out, marks shrink so that the service areas stay in sight; roads grow as one comes near.
  function resize(map, roads) {
    const zoom = map.getZoom(), by = Math.min(1.15, Math.max(0.26, 2 ** ((zoom - 13.6) * 0.62)));
    const box = map.getContainer();
    box.classList.toggle("qh-far", zoom < 12);
    box.classList.toggle("qh-mid", zoom >= 12 && zoom < 13.5);
    box.classList.toggle("qh-labels", zoom >= 11);
    for (const [mark, size] of dots) {
      mark.setStyle({ stroke: by > 0.5, fillOpacity: by > 0.5 ? 0.78 : 0.55 });
      mark.setRadius(Math.max(size * by, 1.1));
    }
    const grow = 1.3 ** (zoom - 12.5);
    roads.eachLayer((line) => line.setStyle({ weight: Math.max(line.feature.properties.weight * grow, 0.4) }));
  }

  // The list of layers folds behind its heading: on a phone it would hide the map.
  function fold(map, text) {
    const list = map.getContainer().querySelector(".leaflet-control-layers");
    const heading = L.DomUtil.create("button", "qh-fold");
    heading.type = "button";
    heading.textContent = text;
    const set = (open) => { list.classList.toggle("qh-closed", !open); heading.setAttribute("aria-expanded", String(open)); };
    heading.addEventListener("click", () => set(list.classList.contains("qh-closed")));
    list.prepend(heading);
    L.DomEvent.disableClickPropagation(list).disableScrollPropagation(list);
    set(!window.matchMedia("(max-width: 640px)").matches);
  }

  function finish(map, roads, home, words) {
    const beside = map.getContainer().clientWidth > 700 ? 236 : 6;
    const [west, south, east, north] = home;
    L.control.zoom({ position: "topleft", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    L.control.scale({ imperial: false, maxWidth: 110 }).addTo(map);
    L.control.attribution({ prefix: false }).addAttribution(words.credit).addTo(map);
    map.fitBounds([[south, west], [north, east]], { paddingTopLeft: [6, 6], paddingBottomRight: [beside, 14], animate: false });
    map.getContainer().setAttribute("aria-label", words.label);
    const arrow = L.DomUtil.create("div", "qh-north", map.getContainer());
    arrow.title = words.north;
    arrow.innerHTML = '<svg viewBox="0 0 20 30" width="18" height="27"><path d="M10 10 16 28 10 24 4 28z" fill="#33454d"/><text x="10" y="8" text-anchor="middle" font-size="9" font-weight="700" fill="#33454d">N</text></svg>';
    fold(map, words.legend);
    map.on("zoomend", () => resize(map, roads));
    resize(map, roads);
  }

  return { dot, dotTip, tip, label, finish };
})();
