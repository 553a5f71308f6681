//! Which definitions of a file can have to do with a path, by hashes of their first names.

use std::mem::size_of_val;

use mkwhy_syntax::summary::Definition;

use crate::file::first_names;

/// So many definitions are looked through one by one.
const FEW: usize = 512;

/// Of each definition, hashes of its path's first and second name, 0 where there is none or it is computed: most
/// definitions of a file that has something to do with a path need not be looked at.
#[derive(Debug)]
pub(crate) struct Names {
    written: Box<[[u32; 2]]>,
    /// The numbers of the definitions by those hashes, where they are many.
    sorted: Box<[u32]>,
}

impl Names {
    pub(crate) fn of(definitions: &[Definition]) -> Self {
        let written: Box<[[u32; 2]]> = definitions.iter().map(|definition| first_names(&definition.path)).collect();
        let mut sorted: Vec<u32> = match u32::try_from(written.len()) {
            Ok(count) if written.len() > FEW => (0..count).collect(),
            _ => Vec::new(),
        };
        sorted.sort_unstable_by_key(|number| written[*number as usize]);
        Self { written, sorted: sorted.into() }
    }

    /// The numbers of the definitions whose names can be those with these hashes, in order.
    pub(crate) fn numbers(&self, asked: [u32; 2]) -> impl Iterator<Item = usize> {
        let found = (!self.sorted.is_empty() && asked[0] != 0).then(|| self.search(asked));
        let all = if found.is_none() { &*self.written } else { &[] };
        let may_be = move |written: &[u32; 2]| {
            asked.iter().zip(written).all(|(asked, written)| asked == written || *asked == 0 || *written == 0)
        };
        let looked_through =
            all.iter().enumerate().filter(move |(_, written)| may_be(written)).map(|(number, _)| number);
        looked_through.chain(found.into_iter().flatten().map(|number| number as usize))
    }

    fn search(&self, [first, second]: [u32; 2]) -> Vec<u32> {
        let mut found = Vec::new();
        let mut add = |from: [u32; 2], to: [u32; 2]| {
            let written = |number: &u32| self.written[*number as usize];
            let start = self.sorted.partition_point(|number| written(number) < from);
            let end = self.sorted.partition_point(|number| written(number) <= to);
            found.extend(&self.sorted[start..end]);
        };
        for first in [0, first] {
            match second {
                0 => add([first, 0], [first, u32::MAX]),
                second => [0, second].iter().for_each(|second| add([first, *second], [first, *second])),
            }
        }
        found.sort_unstable();
        found
    }

    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.written) + size_of_val(&*self.sorted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found by order is what is found by looking through all.
    #[test]
    fn many_are_found_like_few() {
        let hashes = [0, 1, 2, 7, u32::MAX];
        let mut written = Vec::new();
        for number in 0..400_usize {
            written.push([hashes[number % 5], hashes[number / 5 % 5]]);
        }
        let mut sorted: Vec<u32> = (0..400).collect();
        sorted.sort_unstable_by_key(|number| written[*number as usize]);
        let many = Names { written: written.clone().into(), sorted: sorted.into() };
        let few = Names { written: written.into(), sorted: Box::default() };
        for first in [0, 1, 3, 7, u32::MAX] {
            for second in [0, 2, 3, 7, u32::MAX] {
                let found: Vec<usize> = many.numbers([first, second]).collect();
                assert_eq!(found, few.numbers([first, second]).collect::<Vec<_>>(), "{first} {second}");
                assert!(!found.is_empty() && (first == 0 && second == 0) == (found.len() == 400));
            }
        }
    }
}
