// Hands the layers to the map of the same slot. Apart from the map, so that Streamlit's message cache can spare
// sending them again when only the user's choice has changed.
export default function (component) {
  const { slot, layers } = component.data;
  const store = ((window.quarterhour ??= {})[slot] ??= {});
  store.layers = layers;
  store.draw?.();
}
