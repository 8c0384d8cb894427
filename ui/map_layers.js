// Takes one packet of layers to the map. Apart from the map, and one component for each packet, so that Streamlit's
// message cache spares sending again what has not changed. Nothing is read that the map has already.
export default function ({ data }) {
  const store = (window.quarterhour ??= { layers: new Map() });
  const end = data.indexOf(10), text = new TextDecoder();
  const versions = Object.entries(JSON.parse(text.decode(data.subarray(0, end))));
  if (versions.every(([id, version]) => store.layers.get(id)?.version === version)) return;
  const inside = JSON.parse(text.decode(data.subarray(end + 1)));
  for (const [id, version] of versions) store.layers.set(id, { version, data: inside[id] });
  store.draw?.();
}
