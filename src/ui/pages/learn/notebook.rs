//! The code cells of a chapter. They share their variables, as in a notebook: running one runs those above it first.

use crate::lessons::document::{Block, Document};
use crate::lessons::python::Interpreter;
use leptos::prelude::*;

/// One cell: its text now, its text in the lesson, what it shows.
#[derive(Clone, Copy)]
pub struct CellState {
    pub number: usize,
    pub source: RwSignal<String>,
    pub output: RwSignal<String>,
    pub original: StoredValue<(String, String)>,
}

/// All cells of a chapter; `Copy`.
#[derive(Clone, Copy)]
pub struct Notebook(StoredValue<Vec<CellState>>);

impl Notebook {
    /// The cells as the lesson has them.
    pub fn of(document: &Document) -> Self {
        let mut cells = Vec::new();
        for block in document.all_blocks() {
            if let Block::Code { source, output } = block {
                let output = output.clone().unwrap_or_default();
                cells.push(CellState {
                    number: cells.len(),
                    source: RwSignal::new(source.clone()),
                    output: RwSignal::new(output.clone()),
                    original: StoredValue::new((source.clone(), output)),
                });
            }
        }
        Notebook(StoredValue::new(cells))
    }

    /// The cell that has this text in the lesson, from a place on.
    pub fn find(self, source: &str) -> Option<CellState> {
        self.0.with_value(|cells| {
            cells.iter().find(|cell| cell.original.with_value(|(original, _)| original == source)).copied()
        })
    }

    /// Runs this cell and those above it, in order, from an empty notebook.
    pub fn run(self, number: usize) {
        let cells = self.0.get_value();
        let mut interpreter = Interpreter::new();
        for cell in cells.iter().take(number + 1) {
            cell.output.set(interpreter.run(&cell.source.get_untracked()));
        }
    }
}
