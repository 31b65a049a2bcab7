//! A lesson file as a tree. Markdown, with these extras:
//! - `$...$` and `$$...$$`: TeX formulas;
//! - `{{widget key=value}}` on its own line, links to `widget:...` and `{{=widget.number}}`: see `widget_line`;
//! - a `python` block may be followed by an `output` block: what the cell prints;
//! - a question: `:::question`, lines `( ) choice` with one `(x) right choice`, `:::reveal`, `:::why`, `:::`.

use super::inline::markdown_blocks;
use super::widget_line::{Bound, Settings, WidgetLine, parse_widget_line};

/// A chapter in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The text of the first heading.
    pub title: String,
    /// All that follows it.
    pub blocks: Vec<Block>,
}

/// A piece of the reading column.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading of level 2 or deeper.
    Heading(u8, Vec<Inline>),
    /// Running text.
    Paragraph(Vec<Inline>),
    /// Bullets, or numbers if `ordered`.
    List { ordered: bool, items: Vec<Vec<Inline>> },
    /// A formula of its own, as MathML.
    Formula(String),
    /// A live widget.
    Widget(WidgetLine),
    /// A code cell and, if it prints anything, what it prints.
    Code { source: String, output: Option<String> },
    /// Predict, reveal, why.
    Question(Question),
}

/// A question that the reader answers before looking.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What is asked.
    pub ask: Vec<Block>,
    /// The choices, and whether each is right.
    pub choices: Vec<(Vec<Inline>, bool)>,
    /// The answer.
    pub reveal: Vec<Block>,
    /// The reason.
    pub why: Vec<Block>,
}

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub enum Inline {
    /// Plain words.
    Text(String),
    /// Words in typewriter letters.
    Code(String),
    /// `*emphasis*`.
    Emphasis(Vec<Inline>),
    /// `**strong emphasis**`.
    Strong(Vec<Inline>),
    /// A formula, as MathML.
    Formula(String),
    /// A link to another view or page.
    Link(String, Vec<Inline>),
    /// A link that sets a widget.
    Set { widget: String, settings: Settings, text: Vec<Inline> },
    /// A number of a widget.
    Bound(Bound),
}

/// Reads a lesson file. Errors say which line or formula is wrong.
pub fn parse(source: &str) -> Result<Document, String> {
    let mut lines = source.lines();
    let title = lines
        .by_ref()
        .find(|line| !line.trim().is_empty())
        .and_then(|line| line.strip_prefix("# "))
        .ok_or("a lesson begins with a line `# Title`")?;
    let rest: Vec<&str> = lines.collect();
    Ok(Document { title: title.trim().to_owned(), blocks: parse_blocks(&rest)? })
}

/// Cuts lines into what is ours (cells, widgets, questions) and Markdown between.
fn parse_blocks(lines: &[&str]) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut prose: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim_end();
        let own = line.starts_with("```") || line.starts_with(":::") || (line.starts_with("{{") && !line.starts_with("{{="));
        if !own {
            prose.push(line);
            at += 1;
            continue;
        }
        blocks.extend(markdown_blocks(&prose.join("\n"))?);
        prose.clear();
        if let Some(language) = line.strip_prefix("```") {
            let (text, next) = until(lines, at + 1, "```")?;
            at = next;
            match (language, blocks.last_mut()) {
                ("python", _) => blocks.push(Block::Code { source: text, output: None }),
                ("output", Some(Block::Code { output, .. })) => *output = Some(text),
                _ => return Err(format!("a code block is `python`, or `output` right after it; not `{language}`")),
            }
        } else if line.starts_with("{{") {
            blocks.push(Block::Widget(parse_widget_line(line)?));
            at += 1;
        } else {
            let (question, next) = parse_question(lines, at)?;
            blocks.push(Block::Question(question));
            at = next;
        }
    }
    blocks.extend(markdown_blocks(&prose.join("\n"))?);
    Ok(blocks)
}

/// The lines up to `end`, and the index after it.
fn until(lines: &[&str], from: usize, end: &str) -> Result<(String, usize), String> {
    let length = lines[from..].iter().position(|line| line.trim_end() == end);
    let to = from + length.ok_or_else(|| format!("line {}: no closing `{end}`", from + 1))?;
    Ok((lines[from..to].join("\n"), to + 1))
}

fn parse_question(lines: &[&str], start: usize) -> Result<(Question, usize), String> {
    let mut parts: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut at = start;
    loop {
        let line = lines.get(at).ok_or("a question without a closing `:::`")?.trim_end();
        at += 1;
        match (line.strip_prefix(":::"), parts.last_mut()) {
            (Some(""), _) => break,
            (Some(part), _) => parts.push((part, Vec::new())),
            (None, Some((_, body))) => body.push(line),
            (None, None) => return Err(format!("not a question: {line}")),
        }
    }
    let mut question = Question { ask: Vec::new(), choices: Vec::new(), reveal: Vec::new(), why: Vec::new() };
    for (part, body) in parts {
        match part {
            "question" => {
                let (choices, ask): (Vec<&str>, Vec<&str>) =
                    body.into_iter().partition(|line| line.starts_with("( ) ") || line.starts_with("(x) "));
                question.ask = parse_blocks(&ask)?;
                for choice in choices {
                    let text = match markdown_blocks(&choice[4..])?.pop() {
                        Some(Block::Paragraph(text)) => text,
                        _ => return Err(format!("not a choice: {choice}")),
                    };
                    question.choices.push((text, choice.starts_with("(x)")));
                }
            }
            "reveal" => question.reveal = parse_blocks(&body)?,
            "why" => question.why = parse_blocks(&body)?,
            other => return Err(format!("a question has question, reveal and why; not `{other}`")),
        }
    }
    let right = question.choices.iter().filter(|(_, right)| *right).count();
    if question.ask.is_empty() || question.reveal.is_empty() || question.why.is_empty() || right != 1 {
        return Err("a question needs a text, one right choice, `:::reveal` and `:::why`".into());
    }
    Ok((question, at))
}

impl Document {
    /// Every block, those inside questions included, in reading order.
    pub fn all_blocks(&self) -> Vec<&Block> {
        fn collect<'a>(blocks: &'a [Block], into: &mut Vec<&'a Block>) {
            for block in blocks {
                into.push(block);
                if let Block::Question(question) = block {
                    collect(&question.ask, into);
                    collect(&question.reveal, into);
                    collect(&question.why, into);
                }
            }
        }
        let mut all = Vec::new();
        collect(&self.blocks, &mut all);
        all
    }

    /// Every piece of every sentence, nested ones included.
    pub fn all_inlines(&self) -> Vec<&Inline> {
        fn collect<'a>(inlines: &'a [Inline], into: &mut Vec<&'a Inline>) {
            for inline in inlines {
                into.push(inline);
                match inline {
                    Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link(_, inner) => collect(inner, into),
                    Inline::Set { text, .. } => collect(text, into),
                    Inline::Text(_) | Inline::Code(_) | Inline::Formula(_) | Inline::Bound(_) => {}
                }
            }
        }
        let mut all = Vec::new();
        for block in self.all_blocks() {
            match block {
                Block::Heading(_, inlines) | Block::Paragraph(inlines) => collect(inlines, &mut all),
                Block::List { items, .. } => items.iter().for_each(|item| collect(item, &mut all)),
                Block::Question(question) => question.choices.iter().for_each(|(text, _)| collect(text, &mut all)),
                Block::Formula(_) | Block::Widget(_) | Block::Code { .. } => {}
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESSON: &str = "# A title\n\nText with $x^2$, **bold** and [a link](#/draw).\n\n{{neuron t=1}}\n\n\
        ```python\nprint(1)\n```\n```output\n1\n```\n\n:::question\nAsk?\n( ) no\n(x) yes\n:::reveal\nYes.\n:::why\nSo.\n:::\n";

    #[test]
    fn a_lesson_becomes_a_tree() {
        let lesson = parse(LESSON).unwrap();
        assert_eq!(lesson.title, "A title");
        assert!(matches!(&lesson.blocks[0], Block::Paragraph(text) if text.len() == 7), "{:?}", lesson.blocks[0]);
        assert!(matches!(&lesson.blocks[1], Block::Widget(line) if line.name == "neuron"));
        assert!(matches!(&lesson.blocks[2], Block::Code { output: Some(output), .. } if output == "1"));
        assert!(matches!(&lesson.blocks[3], Block::Question(question) if question.choices.len() == 2));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(parse("no title").is_err());
        assert!(parse("# T\n```rust\n```").unwrap_err().contains("python"));
        assert!(parse("# T\n:::question\nAsk?\n:::").is_err());
        assert!(parse("# T\n```python\nprint(1)").unwrap_err().contains("closing"));
    }
}
