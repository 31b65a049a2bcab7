//! Markdown to blocks and inlines, from the events of pulldown-cmark. Only what lessons use is accepted:
//! anything else is an error, so that nothing written is silently lost.

use super::document::{Block, Inline};
use super::math::to_mathml;
use super::widget_line::{Part, parse_widget_link, split_bound};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream};

/// The blocks of a piece of Markdown without code cells, widgets and questions.
pub(super) fn markdown_blocks(markdown: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut events = TextMergeStream::new(Parser::new_ext(markdown, Options::ENABLE_MATH));
    while let Some(event) = events.next() {
        match event {
            Event::Start(Tag::Paragraph) => {
                let text = inlines(&mut events, TagEnd::Paragraph)?;
                blocks.extend(split_formulas(text));
            }
            Event::Start(Tag::Heading { level, .. }) => {
                let text = only_inline(inlines(&mut events, TagEnd::Heading(level))?)?;
                blocks.push(Block::Heading(depth(level), text));
            }
            Event::Start(Tag::List(first)) => blocks.push(list(&mut events, first.is_some())?),
            other => return Err(format!("Markdown that lessons do not use: {other:?}")),
        }
    }
    Ok(blocks)
}

fn depth(level: HeadingLevel) -> u8 {
    level as u8
}

/// A displayed formula stands between paragraphs, not in one; so paragraphs are cut at it.
fn split_formulas(text: Vec<Piece>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut sentence = Vec::new();
    for piece in text {
        match piece {
            Piece::Inline(Inline::Text(space)) if sentence.is_empty() && space.trim().is_empty() => {}
            Piece::Inline(inline) => sentence.push(inline),
            Piece::Display(mathml) => {
                if !sentence.is_empty() {
                    blocks.push(Block::Paragraph(std::mem::take(&mut sentence)));
                }
                blocks.push(Block::Formula(mathml));
            }
        }
    }
    if !sentence.is_empty() {
        blocks.push(Block::Paragraph(sentence));
    }
    blocks
}

/// What a paragraph is made of before displayed formulas are taken out.
enum Piece {
    Inline(Inline),
    Display(String),
}

fn list<'a>(events: &mut impl Iterator<Item = Event<'a>>, ordered: bool) -> Result<Block, String> {
    let mut items = Vec::new();
    loop {
        match events.next() {
            Some(Event::Start(Tag::Item)) => items.push(only_inline(inlines(events, TagEnd::Item)?)?),
            Some(Event::End(TagEnd::List(_))) => return Ok(Block::List { ordered, items }),
            other => return Err(format!("a list of anything but plain items: {other:?}")),
        }
    }
}

fn only_inline(pieces: Vec<Piece>) -> Result<Vec<Inline>, String> {
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Inline(inline) => Ok(inline),
            Piece::Display(_) => Err("a displayed formula inside a sentence".to_owned()),
        })
        .collect()
}

fn inlines<'a>(events: &mut impl Iterator<Item = Event<'a>>, end: TagEnd) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    loop {
        let inline = match events.next().ok_or("a paragraph without end")? {
            Event::End(tag) if tag == end => return Ok(pieces),
            Event::Text(text) => {
                for part in split_bound(&text)? {
                    pieces.push(Piece::Inline(match part {
                        Part::Text(text) => Inline::Text(text),
                        Part::Number(bound) => Inline::Bound(bound),
                    }));
                }
                continue;
            }
            Event::DisplayMath(tex) => {
                pieces.push(Piece::Display(formula(&tex, true)?));
                continue;
            }
            Event::SoftBreak | Event::HardBreak => Inline::Text(" ".into()),
            Event::Code(code) => Inline::Code(code.into_string()),
            Event::InlineMath(tex) => Inline::Formula(formula(&tex, false)?),
            Event::Start(Tag::Emphasis) => Inline::Emphasis(only_inline(inlines(events, TagEnd::Emphasis)?)?),
            Event::Start(Tag::Strong) => Inline::Strong(only_inline(inlines(events, TagEnd::Strong)?)?),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let text = only_inline(inlines(events, TagEnd::Link)?)?;
                if dest_url.starts_with("widget:") {
                    let line = parse_widget_link(&dest_url)?;
                    Inline::Set { widget: line.name, settings: line.settings, text }
                } else {
                    Inline::Link(dest_url.into_string(), text)
                }
            }
            other => return Err(format!("Markdown that lessons do not use: {other:?}")),
        };
        pieces.push(Piece::Inline(inline));
    }
}

fn formula(tex: &str, display: bool) -> Result<String, String> {
    to_mathml(tex, display).map_err(|error| format!("formula {tex}: {error}"))
}
