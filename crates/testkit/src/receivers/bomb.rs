//! A small file in gzip that unpacks to a large one.

/// Some 60 KiB that become 9 MiB of zeros.
pub(super) fn gzip_bomb() -> Vec<u8> {
    const REPETITIONS: usize = 37_000;
    // Magic, deflate, no flags, no time, no level, unknown system.
    let mut bits = Bits { bytes: vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff], used: 0 };
    // One block, the last, with the fixed codes.
    bits.push(&[1, 1, 0]);
    // The literal 0.
    bits.push(&[0, 0, 1, 1, 0, 0, 0, 0]);
    for _ in 0..REPETITIONS {
        // The byte before, 258 times over: the length's code and the distance's.
        bits.push(&[1, 1, 0, 0, 0, 1, 0, 1]);
        bits.push(&[0; 5]);
    }
    // The end of the block. A checksum would follow; whoever has come this far has unpacked everything.
    bits.push(&[0; 7]);
    bits.bytes
}

/// Bits, the lowest of a byte first.
struct Bits {
    bytes: Vec<u8>,
    used: u8,
}

impl Bits {
    fn push(&mut self, bits: &[u8]) {
        for bit in bits {
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= bit << self.used;
            }
            self.used = (self.used + 1) % 8;
        }
    }
}
