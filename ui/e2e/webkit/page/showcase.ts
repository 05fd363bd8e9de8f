/** Everything an answer can hold, for the eye. */
export const showcase = String.raw`# Reading well, in one page

A short paragraph with **bold**, *soft*, ~~gone~~, ${"`inline code`"} and a [link to the guide](https://example.org/guide). It cost $5 and then $10; the area is $\pi r^2$, and \(e^{i\pi} + 1 = 0\) follows. Emoji come along: 🦀 👩‍👩‍👧 🇫🇮.

## Lists

1. First, with a second line that is long enough to wrap around the column and shows where the hanging indent lies.
2. Second
   - nested, with ${"`code`"}
   - and again
     - deeper
3. Third

- [x] Written down
- [ ] Still to do

### A table

| Case | Period | Share | Who decides |
|:-----|:------:|------:|:------------|
| Authorised, payer asks | 8 weeks | 12.5 % | The payer’s bank, at once |
| No valid mandate | 13 months | 3.0 % | The payer’s bank, after inquiry |
| Unknown | – | 0.25 % | **Nobody** yet<br>second line |

> A quotation stands back a little, over
> two lines of its source.
>
> > And one inside another.

${"```rust"}
/// Adds up what is left.
fn total(items: &[Item], limit: usize) -> Result<u64, Error> {
    let sum: u64 = items.iter().take(limit).map(|item| item.price_cents).sum();
    if sum == 0 { return Err(Error::Empty("nothing to add")); } // a comment that goes on for a while, to see the box scroll sideways
    Ok(sum)
}
${"```"}

${"```python"}
@dataclass
class Bridge:
    name: str = "north"
    span_m: float = 12.5

    def is_open(self, hour: int) -> bool:
        """Open in the daytime."""
        return 6 <= hour < 22 and not None
${"```"}

${"```json"}
{ "name": "drawbridge", "open": false, "spans": [1, 2.5, null] }
${"```"}

${"```diff"}
- let bridge = down;
+ let bridge = up;
${"```"}

The quadratic formula, on a line of its own:

$$
x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}, \qquad \int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}
$$

\[
\mathbf{A} = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}
\]

---

هذه فقرة باللغة العربية، وفيها كلمة Drawbridge بالإنجليزية و${"`code`"} في الوسط.

- عنصر أول
- عنصر ثانٍ

> שורה בעברית בתוך ציטוט.

中文段落：模型在您自己的电脑上运行，文字不会离开它。日本語もここで読めます。한국어도 마찬가지입니다.

https://example.org/a/very/long/address/that/does/not/fit/into/the/column/and/has/to/be/broken/somewhere?with=a&query=that&goes=on

![A bridge at night](https://example.org/bridge.png) and <b>HTML as text</b>.

#### Fourth level

##### Fifth level

Text after the last heading.
`;
