//! The graph of an expression, drawn from left to right: value above each node, gradient below, the current edge bold.
//! It scrolls where it is larger than its place; below it, its numbers as a table.

use super::drawing::{MARGIN, drawing};
use super::model::Model;
use super::zoom::Zoom;
use crate::explain::digits::plain_number;
use crate::ui::components::TableToggle;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// The drawing, with its numbers as a table below.
#[component]
pub fn GraphView(model: Model) -> impl IntoView {
    let i18n = use_i18n();
    let size = move || model.layout.with(|layout| (layout.width + 2.0 * MARGIN.0, layout.height + 2.0 * MARGIN.1));
    let zoom = Zoom::new(move || size().0);
    // What happens should be in sight.
    Effect::new(move |_| {
        let Some(step) = model.step() else { return };
        if let Some((x, y)) = model.layout.with(|layout| layout.centres.get(step.node()).copied()) {
            zoom.reveal(x, y);
        }
    });
    let rows = Signal::derive(move || {
        let head = vec![
            t_string!(i18n, backprop.node).to_string(),
            t_string!(i18n, backprop.operation).to_string(),
            t_string!(i18n, backprop.value).to_string(),
            t_string!(i18n, backprop.gradient).to_string(),
        ];
        let body = model.program.with(|program| {
            model.state.with(|state| {
                (0..program.nodes.len().min(state.values.len()))
                    .map(|id| {
                        let show = |number: Option<f64>| number.map(plain_number).unwrap_or_else(|| "–".to_string());
                        vec![
                            program.label(id),
                            program.nodes[id].operation.sign().to_string(),
                            show(state.values[id]),
                            show(state.gradients[id]),
                        ]
                    })
                    .collect::<Vec<_>>()
            })
        });
        std::iter::once(head).chain(body).collect::<Vec<_>>()
    });
    view! {
        <div class="graph">
            <TableToggle rows>
                <div
                    class="graph-scroll"
                    node_ref=zoom.scroller
                    tabindex="0"
                    role="group"
                    aria-label=t!(i18n, backprop.graph_label)
                    data-testid="graph"
                    data-scale=move || zoom.scale.get().to_string()
                    on:keydown=move |event| zoom.on_key(&event)
                    on:wheel=move |event| zoom.on_wheel(&event)
                    on:touchstart=move |event| zoom.on_touch(&event)
                    on:touchmove=move |event| zoom.on_touch(&event)
                    on:touchend=move |event| zoom.on_touch(&event)
                    on:pointerdown=move |event| zoom.grab(&event)
                    on:pointermove=move |event| zoom.drag(&event)
                    on:click:capture=move |event| zoom.on_click(&event)
                >
                    <svg
                        width=move || format!("{:.0}", size().0 * zoom.scale.get())
                        height=move || format!("{:.0}", size().1 * zoom.scale.get())
                        viewBox=move || format!("0 0 {:.0} {:.0}", size().0, size().1)
                    >
                        {move || drawing(model)}
                    </svg>
                </div>
                <div class="graph-zoom">
                    <button type="button" class="small" aria-label=t!(i18n, backprop.smaller) on:click=move |_| zoom.by(0.8)>"−"</button>
                    <button type="button" class="small" aria-label=t!(i18n, backprop.larger) on:click=move |_| zoom.by(1.25)>"+"</button>
                    <button type="button" class="small" on:click=move |_| zoom.fit()>{t!(i18n, backprop.fit)}</button>
                </div>
            </TableToggle>
        </div>
    }
}
