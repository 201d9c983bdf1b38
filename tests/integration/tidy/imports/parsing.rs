//! What a source file defines, imports and mentions, read from its tokens.
//!
//! Tokens are enough, and they show what a syntax tree hides: the paths in the arguments of macros.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One module: that of a file, or one written inside a file.
#[derive(Debug, Default)]
pub struct Module {
    /// The path of its file below the root of the sources.
    pub file: String,
    /// The modules that it declares.
    pub children: BTreeSet<String>,
    /// The names of what it defines itself.
    pub items: BTreeSet<String>,
    /// Its `use` declarations, those inside functions included.
    pub imports: Vec<Import>,
    /// All other paths and names in its code.
    pub mentions: Vec<Mention>,
}

/// One name that a `use` declaration brings in.
#[derive(Debug)]
pub struct Import {
    /// The name in this module; `*` for all that a module has.
    pub name: String,
    pub path: Vec<String>,
    /// Whether others may import it from here.
    pub is_public: bool,
    pub line: usize,
}

#[derive(Debug)]
pub struct Mention {
    pub path: Vec<String>,
    pub line: usize,
}

/// What one file holds.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Its modules by their path below that of the file, which comes first.
    pub modules: Vec<(Vec<String>, Module)>,
    /// The modules that it declares, which have files of their own.
    pub elsewhere: Vec<Vec<String>>,
}

/// Reads a file; what only tests see is left out.
pub fn parsed(file: &str, text: &str) -> Parsed {
    let tokens: TokenStream = text.parse().unwrap_or_else(|fault| panic!("{file}: {fault}"));
    let mut parsed = Parsed::default();
    read_module(file, Vec::new(), tokens, &mut parsed);
    parsed
}

fn read_module(file: &str, path: Vec<String>, tokens: TokenStream, parsed: &mut Parsed) {
    let place = parsed.modules.len();
    parsed.modules.push((path.clone(), Module { file: file.to_owned(), ..Module::default() }));
    let mut reader = Reader { file, path, module: Module::default(), parsed };
    reader.read(tokens, true);
    let module = Module { file: file.to_owned(), ..reader.module };
    parsed.modules[place].1 = module;
}

struct Reader<'a> {
    file: &'a str,
    path: Vec<String>,
    module: Module,
    parsed: &'a mut Parsed,
}

impl Reader<'_> {
    /// Reads tokens; `defines` says whether what they define belongs to the module itself.
    fn read(&mut self, tokens: TokenStream, defines: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = if is_test_only(&tokens[at..]) {
                end_of_item(&tokens, at + 2)
            } else {
                self.step(&tokens, at, defines)
            };
        }
    }

    /// Reads what begins at a token, and returns where the next begins.
    fn step(&mut self, tokens: &[TokenTree], at: usize, defines: bool) -> usize {
        let (word, line) = match &tokens[at] {
            TokenTree::Group(group) => {
                self.read(group.stream(), false);
                return at + 1;
            }
            TokenTree::Ident(word) => (word.to_string(), word.span().start().line),
            TokenTree::Punct(_) | TokenTree::Literal(_) => return at + 1,
        };
        let next = tokens.get(at + 1);
        match (word.as_str(), next) {
            // The path in `pub(in crate::x)` is none that anything is taken from.
            ("pub", Some(TokenTree::Group(group)))
                if group.delimiter() == Delimiter::Parenthesis =>
            {
                at + 2
            }
            ("use", Some(TokenTree::Ident(_))) => self.read_use(tokens, at, line),
            ("mod", Some(TokenTree::Ident(name))) if defines => {
                self.read_mod(&name.to_string(), tokens.get(at + 2));
                at + 3
            }
            _ => {
                if let Some(name) = defines.then(|| defined(&word, &tokens[at + 1..])).flatten() {
                    self.module.items.insert(name);
                }
                self.read_path(tokens, at, line)
            }
        }
    }

    fn read_mod(&mut self, name: &str, body: Option<&TokenTree>) {
        self.module.children.insert(name.to_owned());
        let mut path = self.path.clone();
        path.push(name.to_owned());
        match body {
            Some(TokenTree::Group(group)) => {
                read_module(self.file, path, group.stream(), self.parsed);
            }
            _ => self.parsed.elsewhere.push(path),
        }
    }

    fn read_use(&mut self, tokens: &[TokenTree], at: usize, line: usize) -> usize {
        let length = tokens[at..].iter().take_while(|token| !is_punct(token, ';')).count();
        let is_public = match at.checked_sub(1).map(|before| &tokens[before]) {
            Some(TokenTree::Ident(before)) => before == "pub",
            Some(TokenTree::Group(group)) => {
                let before = at.checked_sub(2).map(|before| tokens[before].to_string());
                group.delimiter() == Delimiter::Parenthesis && before.as_deref() == Some("pub")
            }
            _ => false,
        };
        self.read_tree(&tokens[at + 1..at + length], &[], is_public, line);
        at + length + 1
    }

    /// Reads one branch of a `use` declaration below the path that leads to it.
    fn read_tree(&mut self, branch: &[TokenTree], above: &[String], is_public: bool, line: usize) {
        let mut path = above.to_vec();
        let mut alias = None;
        for (at, token) in branch.iter().enumerate() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    alias = Some(branch[at + 1].to_string());
                    break;
                }
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == '*' => alias = Some("*".to_owned()),
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    for branch in inner.split(|token| is_punct(token, ',')) {
                        if let Some(first) = branch.first() {
                            let line = first.span().start().line;
                            self.read_tree(branch, &path, is_public, line);
                        }
                    }
                    return;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        // `use a::{self}` is `use a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = alias.unwrap_or_else(|| path.last().unwrap().clone());
        self.module.imports.push(Import { name, path, is_public, line });
    }

    /// Reads `a::b::c` or a name alone, unless it is a method, a field or the rest of a path.
    fn read_path(&mut self, tokens: &[TokenTree], at: usize, line: usize) -> usize {
        let mut path = vec![tokens[at].to_string()];
        let mut end = at + 1;
        while let [first, second, TokenTree::Ident(word), ..] = &tokens[end..]
            && is_punct(first, ':')
            && is_punct(second, ':')
        {
            path.push(word.to_string());
            end += 3;
        }
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let earlier = at.checked_sub(2).map(|earlier| &tokens[earlier]);
        let follows = |sign: char| before.is_some_and(|token| is_punct(token, sign));
        let is_method = follows('.') && !earlier.is_some_and(|token| is_punct(token, '.'));
        let is_rest = follows(':') && earlier.is_some_and(|token| is_punct(token, ':'));
        if !is_method && !is_rest {
            self.module.mentions.push(Mention { path, line });
        }
        end
    }
}

/// What a keyword and the tokens behind it define.
fn defined(word: &str, behind: &[TokenTree]) -> Option<String> {
    const KEYWORDS: [&str; 8] =
        ["const", "enum", "fn", "static", "struct", "trait", "type", "union"];
    match behind {
        [TokenTree::Ident(name), ..] if KEYWORDS.contains(&word) => Some(name.to_string()),
        [sign, TokenTree::Ident(name), ..] if word == "macro_rules" && is_punct(sign, '!') => {
            Some(name.to_string())
        }
        _ => None,
    }
}

/// Whether these tokens begin with `#[cfg(test)]`.
fn is_test_only(tokens: &[TokenTree]) -> bool {
    match tokens {
        [sign, TokenTree::Group(group), ..] if is_punct(sign, '#') => {
            group.delimiter() == Delimiter::Bracket
                && group.stream().to_string().replace(' ', "") == "cfg(test)"
        }
        _ => false,
    }
}

/// Where the item ends that begins at a token: behind its body or its semicolon.
fn end_of_item(tokens: &[TokenTree], begin: usize) -> usize {
    let is_use = tokens[begin..].iter().take(3).any(|token| token.to_string() == "use");
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !is_use,
        _ => is_punct(token, ';'),
    };
    tokens[begin..].iter().position(is_end).map_or(tokens.len(), |length| begin + length + 1)
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}
