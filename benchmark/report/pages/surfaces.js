// Surfaces in three dimensions. Plotly is loaded from beside the page when the first of them is opened; without it,
// or without WebGL, the contours above say the same.
(() => {
  const beside = "plotly.min.js";
  const camera = { eye: { x: 1.35, y: -1.45, z: 0.95 }, center: { x: 0, y: 0, z: -0.12 } };
  const pinColor = "#ff6a3d";  // neither in the scale of colours nor on either ground
  const hint = "The pin is the trained network. Drag, or press the arrow keys, to turn; + and \u2212 zoom, 0 resets.";
  const keys = {
    ArrowLeft: { turn: -0.1 }, ArrowRight: { turn: 0.1 }, ArrowUp: { rise: 0.1 }, ArrowDown: { rise: -0.1 },
    "+": { zoom: 0.9 }, "=": { zoom: 0.9 }, "-": { zoom: 1 / 0.9 }, 0: { reset: true },
  };

  let loading = null;
  const load = () => {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = beside;
      script.addEventListener("load", () => resolve(window.Plotly));
      script.addEventListener("error", () => {
        loading = null;
        reject(new Error(beside + ", which lossbench report writes beside this page, cannot be loaded."));
      });
      document.head.append(script);
    });
    return loading;
  };
  const hasWebGL = () => {
    try { return Boolean(document.createElement("canvas").getContext("webgl")); } catch { return false; }
  };

  const transposed = (rows) => rows[0].map((_, j) => rows.map((row) => row[j]));
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const heightOf = (data, isLog) => {
    const lowest = data.levels[0][0] / 2;  // as in the contours: what is lower has the lowest colour
    const log = (loss) => (loss === null ? null : Math.log10(Math.max(loss, lowest)));
    return isLog ? log : (loss) => loss;
  };
  const ticksOf = (data, isLog, first = 0) => {
    const shown = data.levels.filter((_, i) => i >= first && i % Math.ceil(data.levels.length / 8) === 0);
    return isLog ? { tickvals: shown.map(([level]) => Math.log10(level)), ticktext: shown.map(([, text]) => text) } : {};
  };
  const rangeOf = (data, isLog) => {  // of all panels, so that they can be compared
    const all = data.panels.flatMap((panel) => panel.loss.flat()).filter((loss) => loss !== null);
    const [first, last] = [data.levels[0][0], data.levels.at(-1)[0]];
    const highest = all.reduce((a, b) => Math.max(a, b), last);
    return isLog ? [Math.log10(first), Math.log10(highest)] : [Math.min(0, all.reduce((a, b) => Math.min(a, b), first)), highest];
  };

  const surfaceOf = (data, panel, isLog, { colors, isNarrow }) => {
    const [height, log] = [heightOf(data, isLog), heightOf(data, true)];
    const rows = transposed(panel.loss);
    return {
      type: "surface", x: panel.alpha, y: panel.beta, z: rows.map((row) => row.map(height)),
      surfacecolor: rows.map((row) => row.map(log)), text: rows.map((row) => row.map(String)), colorscale: "Viridis",
      cmin: Math.log10(data.levels[0][0]), cmax: Math.log10(data.levels.at(-1)[0]), connectgaps: false,
      hovertemplate: `${escaped(data.axes[0])} %{x}<br>${escaped(data.axes[1])} %{y}<br>%{text}<extra></extra>`,
      lighting: { ambient: 0.75, diffuse: 0.55, specular: 0.05, roughness: 0.9 },
      contours: { x: { highlight: false }, y: { highlight: false }, z: { highlight: false } },
      colorbar: {
        ...ticksOf(data, true), thickness: 14, outlinewidth: 0, tickcolor: colors.muted, tickfont: { color: colors.ink },
        title: { text: escaped(data.label), side: isNarrow ? "bottom" : "right" }, len: isNarrow ? 0.95 : 0.8,
        ...(isNarrow ? { orientation: "h", y: 0, yanchor: "bottom" } : {}),
      },
    };
  };
  const pinOf = (data, panel, isLog) => {  // where the trained network is; a flat mark would drown in the surface
    const [i, j] = [panel.alpha.indexOf(0), panel.beta.indexOf(0)];
    if (i < 0 || j < 0 || panel.loss[i][j] === null) return [];
    const [foot, [low, high]] = [heightOf(data, isLog)(panel.loss[i][j]), rangeOf(data, isLog)];
    return [{
      type: "scatter3d", mode: "lines+markers", x: [0, 0], y: [0, 0], z: [foot, foot + 0.12 * (high - low)],
      marker: { size: [0, 6], color: pinColor, line: { width: 0 } }, line: { color: pinColor, width: 5 },
      hoverinfo: "skip", showlegend: false,
    }];
  };
  const axisOf = (title, colors, more = {}) => ({
    title: { text: escaped(title) }, color: colors.ink, gridcolor: colors.grid, zerolinecolor: colors.grid,
    linecolor: colors.muted, showspikes: false, backgroundcolor: "rgba(0,0,0,0)", nticks: 5, ...more,
  });
  const layoutOf = (data, isLog, { colors, isNarrow, view }) => ({
    margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: "rgba(0,0,0,0)", font: { color: colors.ink, size: 12 },
    scene: {
      camera: view, aspectmode: "manual", aspectratio: { x: 1, y: 1, z: 0.75 }, dragmode: "turntable",
      domain: { x: [0, 1], y: [isNarrow ? 0.2 : 0, 1] },
      xaxis: axisOf(data.axes[0], colors), yaxis: axisOf(data.axes[1], colors),
      zaxis: axisOf(isNarrow ? "" : isLog ? "loss, log" : "loss", colors, { range: rangeOf(data, isLog), ...ticksOf(data, isLog, 1) }),
    },
  });

  const turned = ({ eye, ...rest }, { turn = 0, rise = 0, zoom = 1 }) => {
    const radius = Math.hypot(eye.x, eye.y, eye.z) * zoom;
    const around = Math.atan2(eye.y, eye.x) + turn;
    const up = Math.min(Math.max(Math.asin(eye.z / Math.hypot(eye.x, eye.y, eye.z)) + rise, -1.5), 1.5);
    const flat = radius * Math.cos(up);
    return { ...rest, eye: { x: flat * Math.cos(around), y: flat * Math.sin(around), z: radius * Math.sin(up) } };
  };

  const choice = (words, options) => {
    const [label, select] = [document.createElement("label"), document.createElement("select")];
    options.forEach((text, value) => select.append(new Option(text, value)));
    label.append(words + " ", select);
    return { label, select };
  };

  const fill = (details) => {
    const data = JSON.parse(details.dataset.surfaces);
    const [message, choices, plot] = [".message", ".choices", ".turntable"].map((name) => details.querySelector(name));
    const network = choice("network", data.panels.map((panel) => panel.name));
    const height = choice("height", ["logarithmic", "linear"]);
    const back = document.createElement("button");
    [back.type, back.textContent] = ["button", "reset view"];

    const isNarrow = details.clientWidth < 560;
    const first = turned(camera, { zoom: isNarrow ? 1.3 : 1 });
    let view = first;  // one for all networks

    const draw = (Plotly) => {
      const panel = data.panels[Number(network.select.value)], isLog = height.select.value === "0";
      const style = getComputedStyle(plot);
      const colors = { ink: style.color, grid: style.borderTopColor, muted: style.borderBottomColor };
      const look = { colors, isNarrow, view };
      const traces = [surfaceOf(data, panel, isLog, look), ...pinOf(data, panel, isLog)];
      plot.setAttribute("aria-label", "Surface of " + panel.name + ". " + hint);
      const config = { displayModeBar: false, responsive: true, scrollZoom: false };
      return Plotly.react(plot, traces, layoutOf(data, isLog, look), config);
    };
    const move = (Plotly, how) => {
      view = how.reset ? first : turned(view, how);
      Plotly.relayout(plot, { "scene.camera": view });
    };
    const start = (Plotly) => {
      message.textContent = hint;
      choices.replaceChildren(...(data.panels.length > 1 ? [network.label] : []), height.label, back);
      choices.addEventListener("change", () => draw(Plotly));
      back.addEventListener("click", () => move(Plotly, { reset: true }));
      plot.addEventListener("keydown", (event) => {
        if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        move(Plotly, keys[event.key]);
      });
      const redraw = () => draw(Plotly);
      new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["style"] });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
      return draw(Plotly).then(() => plot.on("plotly_relayout", (moved) => { view = moved["scene.camera"] ?? view; }));
    };

    if (!hasWebGL()) {
      message.textContent = "This browser has no WebGL; the contours above show the same surface.";
      return;
    }
    message.textContent = "loading";
    load().then(start).catch((error) => {
      message.textContent = error.message + " The contours above show the same surface.";
      details.addEventListener("toggle", () => details.open && fill(details), { once: true });
    });
  };

  document.querySelectorAll("details.surface").forEach((details) => {
    details.hidden = false;
    details.addEventListener("toggle", () => fill(details), { once: true });
  });
})();
