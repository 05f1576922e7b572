using System.Globalization;

namespace Upstride.Files;

/// <summary>The header of a <c>.npy</c> file: <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (2, 3), }</c>.</summary>
/// <param name="Descr">Byte order, kind and size of an element: <c>&lt;f4</c>.</param>
/// <param name="FortranOrder">Whether the first axis runs fastest.</param>
/// <param name="Shape">Elements along each axis; empty for a scalar.</param>
/// <remarks>NumPy Enhancement Proposal 1 and numpy.lib.format describe it.</remarks>
internal sealed record NpyHeader(string Descr, bool FortranOrder, int[] Shape)
{
    /// <summary>NumPy's own limit on the number of axes.</summary>
    private const int MaximumRank = 64;

    /// <summary>Reads the text of a header, strictly: these three keys, each once, and literals of the right kind.</summary>
    /// <exception cref="FormatException">What stands where, and what should.</exception>
    public static NpyHeader Parse(string text)
    {
        var reader = new Reader(text);
        string? descr = null;
        bool? fortranOrder = null;
        int[]? shape = null;
        reader.Expect('{');
        while (!reader.Take('}'))
        {
            string key = reader.String();
            reader.Expect(':');
            switch (key)
            {
                case "descr" when descr is null: descr = reader.String(); break;
                case "fortran_order" when fortranOrder is null: fortranOrder = reader.Boolean(); break;
                case "shape" when shape is null: shape = reader.Shape(); break;
                default: throw new FormatException(
                    $"the header's key '{key}' is unknown or given twice: descr, fortran_order and shape are expected, once each");
            }
            if (!reader.Take(','))
            {
                reader.Expect('}');
                break;
            }
        }
        reader.End();
        if (descr is null || fortranOrder is null || shape is null)
            throw new FormatException($"the header has no {(descr is null ? "descr" : shape is null ? "shape" : "fortran_order")}");
        return new(descr, fortranOrder.Value, shape);
    }

    /// <summary>The text of the header, as NumPy writes it.</summary>
    public override string ToString()
    {
        string shape = Shape.Length == 1 ? $"({Shape[0]},)" : $"({string.Join(", ", Shape)})";
        return $"{{'descr': '{Descr}', 'fortran_order': {(FortranOrder ? "True" : "False")}, 'shape': {shape}, }}";
    }

    private ref struct Reader(string text)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private int _position;

        public bool Take(char wanted)
        {
            SkipSpaces();
            if (_position >= _text.Length || _text[_position] != wanted) return false;
            _position++;
            return true;
        }

        public void Expect(char wanted)
        {
            if (!Take(wanted)) throw Unexpected($"'{wanted}'");
        }

        public string String()
        {
            char quote = Take('\'') ? '\'' : Take('"') ? '"' : throw Unexpected("a quoted string");
            int length = _text[_position..].IndexOf(quote);
            if (length < 0) throw new FormatException("a string of the header has no end");
            string value = _text.Slice(_position, length).ToString();
            _position += length + 1;
            return value;
        }

        public bool Boolean()
        {
            SkipSpaces();
            foreach (string literal in (ReadOnlySpan<string>)["True", "False"])
            {
                if (!_text[_position..].StartsWith(literal)) continue;
                _position += literal.Length;
                return literal.Length == 4;
            }
            throw Unexpected("True or False");
        }

        public int[] Shape()
        {
            var lengths = new List<int>();
            Expect('(');
            while (!Take(')'))
            {
                lengths.Add(Length());
                if (lengths.Count > MaximumRank) throw new FormatException($"the shape has more than {MaximumRank} axes");
                if (Take(',')) continue;

                // (3) is a number in Python, and a tuple only with its comma: (3,).
                if (lengths.Count == 1) throw Unexpected("','");
                Expect(')');
                break;
            }
            return [.. lengths];
        }

        public void End()
        {
            SkipSpaces();
            if (_position < _text.Length) throw Unexpected("the header's end");
        }

        private int Length()
        {
            SkipSpaces();
            int digits = _text[_position..].IndexOfAnyExceptInRange('0', '9');
            if (digits < 0) digits = _text.Length - _position;
            if (digits == 0) throw Unexpected("a length");
            ReadOnlySpan<char> number = _text.Slice(_position, digits);
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int length))
                throw new FormatException($"a length of {number} elements is more than {int.MaxValue}");
            _position += digits;

            // Python 2 wrote its long integers as 3L.
            if (_position < _text.Length && _text[_position] == 'L') _position++;
            return length;
        }

        private void SkipSpaces()
        {
            while (_position < _text.Length && _text[_position] is ' ' or '\t' or '\n' or '\r') _position++;
        }

        private readonly FormatException Unexpected(string wanted) => new(
            _position < _text.Length
                ? $"the header has '{_text[_position]}' at character {_position} where {wanted} should stand"
                : $"the header ends where {wanted} should stand");
    }
}
