//! Which files use which, and the cycles among them.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use super::parsing::{Module, parsed};

/// The sources by their paths, such as `feed/hub.rs`, with their text.
pub type Sources = BTreeMap<String, String>;

/// All files of a crate, and where each of them uses others.
#[derive(Debug, Default)]
pub struct Graph {
    edges: BTreeMap<String, BTreeMap<String, Use>>,
}

/// The first place where a file uses another.
#[derive(Clone, Debug)]
pub struct Use {
    pub line: usize,
    /// The path as the file writes it.
    pub path: String,
}

impl Graph {
    /// The graph of a crate and of its program, `main.rs`. Files that only tests see are left out.
    pub fn of(sources: &Sources) -> Self {
        let crate_ = Crate::of(sources);
        let mut graph = Self::default();
        for (path, module) in &crate_.modules {
            graph.edges.entry(module.file.clone()).or_default();
            // Whoever imports what is re-exported uses it, rather than the file that re-exports it.
            let imports = module.imports.iter().filter(|import| !import.is_public);
            let imports = imports.map(|import| (&import.path, import.line));
            let mentions = module.mentions.iter().map(|mention| (&mention.path, mention.line));
            for (used, line) in imports.chain(mentions) {
                if let Some(file) = crate_.definition(path, used) {
                    graph.add(&module.file, file, line, used);
                }
            }
        }
        graph
    }

    fn add(&mut self, user: &str, used: &str, line: usize, path: &[String]) {
        if user != used {
            let edges = self.edges.entry(user.to_owned()).or_default();
            let path = path.join("::");
            edges.entry(used.to_owned()).or_insert(Use { line, path });
        }
    }

    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.edges.keys().map(String::as_str)
    }

    /// The files that a file uses.
    pub fn used_by(&self, file: &str) -> impl Iterator<Item = (&str, &Use)> {
        self.edges[file].iter().map(|(used, place)| (used.as_str(), place))
    }

    /// The files that a file uses, directly or through others, itself only if it is in a cycle.
    pub fn reached_from(&self, file: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![file];
        while let Some(file) = waiting.pop() {
            for (used, _) in self.used_by(file) {
                if reached.insert(used) {
                    waiting.push(used);
                }
            }
        }
        reached
    }

    /// The groups of files that all use each other, directly or through others.
    pub fn knots(&self) -> Vec<BTreeSet<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.files().map(|file| (file, self.reached_from(file))).collect();
        let knot = |file: &&str| -> BTreeSet<&str> {
            let mutual = reached[file].iter().filter(|other| reached[*other].contains(file));
            mutual.copied().collect()
        };
        let knots: BTreeSet<BTreeSet<&str>> = reached.keys().map(knot).collect();
        knots.into_iter().filter(|knot| !knot.is_empty()).collect()
    }

    /// A shortest cycle of a knot, a line for each of its files.
    pub fn cycle(&self, knot: &BTreeSet<&str>) -> String {
        let cycles = knot.iter().map(|file| self.way_back(file));
        let shortest = cycles.min_by_key(Vec::len).unwrap_or_default();
        let line = |(user, used): &(&str, &str)| {
            let Use { line, path } = &self.edges[*user][*used];
            format!("  src/{user}:{line} uses src/{used} ({path})\n")
        };
        shortest.iter().map(line).collect()
    }

    /// The shortest way from a file to itself, as the pairs of user and used.
    fn way_back<'a>(&'a self, start: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut ways = VecDeque::from([(start, Vec::new())]);
        let mut seen = HashSet::new();
        while let Some((file, way)) = ways.pop_front() {
            for (used, _) in self.used_by(file) {
                let way: Vec<_> = way.iter().copied().chain([(file, used)]).collect();
                if used == start {
                    return way;
                }
                if seen.insert(used) {
                    ways.push_back((used, way));
                }
            }
        }
        Vec::new()
    }
}

/// All modules by their paths.
struct Crate {
    modules: BTreeMap<Vec<String>, Module>,
}

impl Crate {
    fn of(sources: &Sources) -> Self {
        let mut crate_ = Self { modules: BTreeMap::new() };
        crate_.read(sources, "lib.rs", &[]);
        crate_.read(sources, "main.rs", &["main".to_owned()]);
        crate_
    }

    fn read(&mut self, sources: &Sources, file: &str, path: &[String]) {
        let Some(text) = sources.get(file) else { return };
        let parsed = parsed(file, text);
        for (below, module) in parsed.modules {
            let path = [path.to_owned(), below].concat();
            match self.modules.get_mut(&path) {
                // The same module for two systems.
                Some(twin) => twin.mentions.extend(module.mentions),
                None => drop(self.modules.insert(path, module)),
            }
        }
        for below in parsed.elsewhere {
            let path = [path.to_owned(), below].concat();
            let stem = path.join("/");
            let files = [format!("{stem}.rs"), format!("{stem}/mod.rs")];
            let file = files.iter().find(|file| sources.contains_key(*file));
            self.read(sources, file.unwrap_or_else(|| panic!("no file for {stem}")), &path);
        }
    }

    /// The file that defines what a path in a module's code means; none if it is of another crate, a
    /// local name, or a module, of which nothing is used until something in it is.
    fn definition(&self, module: &[String], path: &[String]) -> Option<&str> {
        match self.first(module, path, &mut HashSet::new())? {
            Found::Item(file) => Some(file),
            Found::Module(_) => None,
        }
    }

    /// Resolves a path by what its first name means in a module.
    fn first<'a>(
        &'a self,
        module: &[String],
        path: &[String],
        seen: &mut HashSet<(Vec<String>, String)>,
    ) -> Option<Found<'a>> {
        let (first, rest) = path.split_first()?;
        let parent = || module.split_last().map(|(_, parent)| parent.to_vec());
        match first.as_str() {
            "crate" | "reelgraph" => self.below(Vec::new(), rest, seen),
            "self" if rest.is_empty() => None,
            "self" => self.below(module.to_vec(), rest, seen),
            "super" if rest.first().is_some_and(|next| next == "super") => {
                self.first(&parent()?, rest, seen)
            }
            "super" => self.below(parent()?, rest, seen),
            name => {
                let own = &self.modules[module];
                // A name alone that is also that of a child is most often a variable.
                if own.children.contains(name) && !rest.is_empty() {
                    return self.below(module.to_vec(), path, seen);
                }
                let import = own.imports.iter().find(|import| import.name == name)?;
                if !seen.insert((module.to_vec(), name.to_owned())) {
                    return None;
                }
                self.first(module, &[&import.path, rest].concat(), seen)
            }
        }
    }

    /// Resolves the rest of a path inside a module.
    fn below<'a>(
        &'a self,
        module: Vec<String>,
        rest: &[String],
        seen: &mut HashSet<(Vec<String>, String)>,
    ) -> Option<Found<'a>> {
        let Some((name, further)) = rest.split_first() else {
            return Some(Found::Module(module));
        };
        let own = &self.modules[&module];
        let item = Some(Found::Item(own.file.as_str()));
        if own.children.contains(name) {
            let child = [module.as_slice(), std::slice::from_ref(name)].concat();
            // What is compiled for tests alone has no module.
            return self.modules.contains_key(&child).then(|| self.below(child, further, seen))?;
        }
        if own.items.contains(name) || !seen.insert((module.clone(), name.clone())) {
            return item;
        }
        let mut public = own.imports.iter().filter(|import| import.is_public);
        if let Some(import) = public.clone().find(|import| import.name == *name) {
            let path = [&import.path, further].concat();
            return self.first(&module, &path, seen).or(item);
        }
        let through_glob = public.find_map(|import| {
            let Some(Found::Module(all)) = self.first(&module, &import.path, seen) else {
                return None;
            };
            (import.name == "*" && self.has(&all, name)).then(|| self.below(all, rest, seen))?
        });
        through_glob.or(item)
    }

    fn has(&self, module: &[String], name: &str) -> bool {
        let own = &self.modules[module];
        let mut public = own.imports.iter().filter(|import| import.is_public);
        own.items.contains(name)
            || own.children.contains(name)
            || public.any(|import| import.name == name)
    }
}

enum Found<'a> {
    Module(Vec<String>),
    /// The file that defines it.
    Item(&'a str),
}
