//! The tree against a naive one written from RFC 6962 section 2.1, its known vectors, and proofs that were changed.

use proptest::prelude::*;
use warifu_shared::log::proof::{consistency_spans, inclusion_spans, verify_consistency, verify_inclusion};
use warifu_shared::log::{Frontier, Hash, Span, empty_root, fold, leaf_hash, node_hash};

/// MTH of RFC 6962 section 2.1.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(k(leaves.len()));
            node_hash(&naive(left), &naive(right))
        }
    }
}

/// The largest power of two below `n`.
fn k(n: usize) -> usize {
    (0..)
        .map(|bit| 1 << bit)
        .take_while(|power| *power < n)
        .last()
        .unwrap()
}

/// PATH(m, D[n]).
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(k(leaves.len()));
    let (mut found, sibling) = if m < left.len() {
        (path(m, left), naive(right))
    } else {
        (path(m - left.len(), right), naive(left))
    };
    found.push(sibling);
    found
}

/// SUBPROOF(m, D[n], b).
fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![naive(leaves)] };
    }
    let (left, right) = leaves.split_at(k(leaves.len()));
    let (mut found, sibling) = if m <= left.len() {
        (subproof(m, left, whole), naive(right))
    } else {
        (subproof(m - left.len(), right, false), naive(left))
    };
    found.push(sibling);
    found
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count)
        .map(|i| leaf_hash(format!("entry {i}").as_bytes()))
        .collect()
}

/// The hash of a span, out of the hashes of its complete subtrees.
fn of_span(all: &[Hash], span: Span) -> Hash {
    let node = |node: warifu_shared::log::Node| {
        let (from, len) = ((node.index << node.level) as usize, 1usize << node.level);
        naive(&all[from..from + len])
    };
    fold(&span.nodes().into_iter().map(node).collect::<Vec<_>>())
}

fn inclusion(all: &[Hash], index: usize) -> Vec<Hash> {
    let spans = inclusion_spans(index as u64, all.len() as u64).unwrap();
    spans.into_iter().map(|span| of_span(all, span)).collect()
}

fn consistency(all: &[Hash], old: usize) -> Vec<Hash> {
    let spans = consistency_spans(old as u64, all.len() as u64).unwrap();
    spans.into_iter().map(|span| of_span(all, span)).collect()
}

#[test]
fn audit_04_known_trees_of_certificate_transparency() {
    let entries: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let empty = crate::support::hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(Frontier::default().root(), empty);
    let mut frontier = Frontier::default();
    for (entry, root) in entries.iter().zip(roots) {
        frontier.push(leaf_hash(entry), |_, _| {});
        assert_eq!(frontier.root(), crate::support::hex(root), "{}", frontier.size());
    }
}

#[test]
fn audit_04_every_proof_of_small_trees_is_the_naive_one_and_holds() {
    let all = leaves(70);
    for size in 0..=all.len() {
        let tree = &all[..size];
        let root = naive(tree);
        for index in 0..size {
            let proof = inclusion(tree, index);
            assert_eq!(proof, path(index, tree), "leaf {index} of {size}");
            let (index, size) = (index as u64, size as u64);
            assert_eq!(
                verify_inclusion(&all[index as usize], index, size, &proof, &root),
                Ok(())
            );
        }
        for old in 0..=size {
            let proof = consistency(tree, old);
            if old > 0 {
                assert_eq!(proof, subproof(old, tree, true), "{old} to {size}");
            }
            let before = naive(&tree[..old]);
            assert_eq!(
                verify_consistency(old as u64, &before, size as u64, &root, &proof),
                Ok(())
            );
        }
    }
    assert_eq!(inclusion_spans(5, 5), None);
    assert_eq!(consistency_spans(6, 5), None);
}

#[test]
fn audit_04_a_frontier_completes_every_subtree_once_and_can_be_taken_up_again() {
    let all = leaves(130);
    let mut frontier = Frontier::default();
    let mut completed = std::collections::HashMap::new();
    for (place, leaf) in all.iter().enumerate() {
        frontier.push(*leaf, |node, hash| {
            assert_eq!(completed.insert(node, *hash), None, "{node:?}");
        });
        let size = place as u64 + 1;
        assert_eq!(frontier.root(), naive(&all[..=place]));
        let nodes = Span { start: 0, end: size }.nodes();
        let hashes = nodes.iter().map(|node| completed[node]).collect();
        assert_eq!(Frontier::of(size, hashes), Some(frontier.clone()));
        assert_eq!(Frontier::of(size, Vec::new()), None);
    }
    for (node, hash) in completed {
        let from = (node.index << node.level) as usize;
        assert_eq!(hash, naive(&all[from..from + (1 << node.level)]));
    }
}

proptest! {
    #[test]
    fn audit_04_a_changed_proof_does_not_hold(
        size in 1usize..200, index in 0usize..200, other in 0usize..200, at in 0usize..16, bit in 0usize..256,
    ) {
        let all = leaves(size);
        let (index, root) = (index % size, naive(&all));
        let proof = inclusion(&all, index);
        let verify = |leaf: &Hash, index: usize, size: usize, proof: &[Hash], root: &Hash| {
            verify_inclusion(leaf, index as u64, size as u64, proof, root).is_ok()
        };
        prop_assert!(verify(&all[index], index, size, &proof, &root));
        let other = other % size;
        prop_assert_eq!(verify(&all[index], other, size, &proof, &root), other == index);
        prop_assert!(!verify(&all[index], index, index, &proof, &root));
        let mut bent = root;
        bent[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!verify(&all[index], index, size, &proof, &bent));
        let mut longer = proof.clone();
        longer.push(root);
        prop_assert!(!verify(&all[index], index, size, &longer, &root));
        if !proof.is_empty() {
            let mut bent = proof.clone();
            bent[at % proof.len()][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!verify(&all[index], index, size, &bent, &root));
            prop_assert!(!verify(&all[index], index, size, &proof[1..], &root));
        }
    }

    #[test]
    fn audit_05_a_tree_that_is_not_the_beginning_is_never_consistent(
        size in 2usize..200, old in 1usize..200, changed in 0usize..200, at in 0usize..16,
    ) {
        let all = leaves(size);
        let old = 1 + old % (size - 1);
        let mut other = all.clone();
        other[changed % old][0] ^= 1;
        let (before, root) = (naive(&all[..old]), naive(&all));
        let proof = consistency(&all, old);
        let verify = |before: &Hash, root: &Hash, proof: &[Hash]| {
            verify_consistency(old as u64, before, size as u64, root, proof).is_ok()
        };
        prop_assert!(verify(&before, &root, &proof));
        prop_assert!(!verify(&naive(&other[..old]), &root, &proof));
        prop_assert!(!verify(&before, &naive(&other), &consistency(&other, old)));
        let mut bent = proof.clone();
        let at = at % bent.len();
        bent[at][31] ^= 1;
        prop_assert!(!verify(&before, &root, &bent));
        prop_assert!(!verify(&before, &root, &proof[1..]));
    }
}
