using System.Numerics;
using System.Text;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>
/// The sparse matrix C of the ordinary convolution whose transpose is the transposed convolution of one channel: a row for each element
/// of the transposed convolution's input, a column for each of its output, and in it which tap stands there. <c>C^T x</c> is the
/// transposed convolution of x, <c>C y</c> the convolution of y.
/// </summary>
/// <remarks>
/// Rows and columns count elements in the order of the axes, the last one fastest. Source: Dumoulin and Visin, "A guide to convolution
/// arithmetic for deep learning", 2016, section 4.
/// </remarks>
public sealed class ConvolutionMatrix
{
    /// <summary>The most entries that are built.</summary>
    public const long MaximalEntries = 50_000_000;

    private readonly int[] _kernel;
    private readonly int[] _starts;
    private readonly int[] _columns;
    private readonly int[] _taps;

    private ConvolutionMatrix(int[] kernel, int rows, int columns, int[] starts, int[] entryColumns, int[] taps)
    {
        _kernel = kernel;
        Rows = rows;
        Columns = columns;
        _starts = starts;
        _columns = entryColumns;
        _taps = taps;
    }

    /// <summary>Elements of the transposed convolution's input.</summary>
    public int Rows { get; }

    /// <summary>Elements of the transposed convolution's output.</summary>
    public int Columns { get; }

    /// <summary>Entries that are not structurally zero.</summary>
    public int Entries => _columns.Length;

    /// <summary>Taps of the kernel over all axes.</summary>
    public int Taps => _kernel.Aggregate(1, static (product, length) => product * length);

    /// <summary>How many entries the matrix over these axes has, without building it.</summary>
    public static long CountEntries(IEnumerable<ConvTransposeAxis> axes)
    {
        ArgumentNullException.ThrowIfNull(axes);
        return axes.Aggregate(1L, static (product, axis) =>
        {
            if (axis.NotCreated(nameof(axes)) is { } error) throw new GeometryException(error);
            long entries = 0;
            for (int tap = 0; tap < axis.Kernel; tap++)
            {
                (int first, int end) = axis.InputsThrough(tap);
                entries += end - first;
            }
            return checked(product * entries);
        });
    }

    /// <summary>The matrix over these spatial axes.</summary>
    /// <exception cref="GeometryException">More than <see cref="MaximalEntries"/> entries.</exception>
    public static ConvolutionMatrix Create(IEnumerable<ConvTransposeAxis> axes)
    {
        ArgumentNullException.ThrowIfNull(axes);
        ConvTransposeAxis[] all = [.. axes];
        long count = CountEntries(all);
        if (count > MaximalEntries)
            throw new GeometryException(new("input",
                $"the convolution matrix has {count} entries, more than {MaximalEntries}: use a smaller input or kernel"));

        // The matrix of several axes is the Kronecker product of the matrices of each.
        (int Column, int Tap)[][] rows = [[(0, 0)]];
        int columns = 1;
        foreach (ConvTransposeAxis axis in all)
        {
            (int Column, int Tap)[][] next = new (int, int)[rows.Length * axis.Input][];
            for (int row = 0; row < rows.Length; row++)
            for (int input = 0; input < axis.Input; input++)
            {
                next[row * axis.Input + input] =
                [
                    .. from outer in rows[row]
                       from inner in axis.OutputsOf(input)
                       select (outer.Column * axis.Output + inner.Output, outer.Tap * axis.Kernel + inner.Tap),
                ];
            }
            rows = next;
            columns *= axis.Output;
        }
        int[] starts = new int[rows.Length + 1];
        for (int row = 0; row < rows.Length; row++) starts[row + 1] = starts[row] + rows[row].Length;
        return new(
            [.. all.Select(static axis => axis.Kernel)], rows.Length, columns, starts,
            [.. rows.SelectMany(static row => row.Select(static entry => entry.Column))],
            [.. rows.SelectMany(static row => row.Select(static entry => entry.Tap))]);
    }

    /// <summary>The matrix over the spatial axes of <paramref name="geometry"/>, of one channel.</summary>
    /// <exception cref="GeometryException">More than <see cref="MaximalEntries"/> entries.</exception>
    public static ConvolutionMatrix Create(ConvTransposeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return Create(geometry.Axes);
    }

    /// <summary>The entries of a row, by ascending column: which column, and which tap of the kernel stands there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A row that there is not.</exception>
    public IEnumerable<(int Column, int Tap)> Row(int row)
    {
        RequirePlace(row, Rows, nameof(row));
        return Entries();

        IEnumerable<(int Column, int Tap)> Entries()
        {
            for (int e = _starts[row]; e < _starts[row + 1]; e++) yield return (_columns[e], _taps[e]);
        }
    }

    /// <summary>The tap that is at a place, or -1 where a zero does.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A row or column that there is not.</exception>
    public int TapAt(int row, int column)
    {
        RequirePlace(row, Rows, nameof(row));
        RequirePlace(column, Columns, nameof(column));
        int place = Array.BinarySearch(_columns, _starts[row], _starts[row + 1] - _starts[row], column);
        return place < 0 ? -1 : _taps[place];
    }

    /// <summary>
    /// The tap's name by its place along each axis: w0 .. or w00 ..; from ten taps an axis on the places are parted by commas.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A tap that there is not.</exception>
    public string TapName(int tap)
    {
        RequirePlace(tap, Taps, nameof(tap));
        string[] places = new string[_kernel.Length];
        for (int a = _kernel.Length - 1; a >= 0; a--)
        {
            places[a] = $"{tap % _kernel[a]}";
            tap /= _kernel[a];
        }
        return "w" + string.Join(_kernel.Any(static length => length > 10) ? "," : "", places);
    }

    /// <summary>destination += C source, the convolution.</summary>
    /// <param name="weight">[taps].</param>
    /// <param name="source">[columns].</param>
    /// <param name="destination">[rows], added to.</param>
    public void MultiplyAdd<T>(ReadOnlySpan<T> weight, ReadOnlySpan<T> source, Span<T> destination)
        where T : INumberBase<T>
    {
        Check(weight.Length, Taps, nameof(weight));
        Check(source.Length, Columns, nameof(source));
        Check(destination.Length, Rows, nameof(destination));
        for (int row = 0; row < Rows; row++)
        {
            T sum = T.Zero;
            for (int e = _starts[row]; e < _starts[row + 1]; e++) sum += weight[_taps[e]] * source[_columns[e]];
            destination[row] += sum;
        }
    }

    /// <summary>destination += C^T source, the transposed convolution.</summary>
    /// <param name="weight">[taps].</param>
    /// <param name="source">[rows].</param>
    /// <param name="destination">[columns], added to.</param>
    public void TransposeMultiplyAdd<T>(ReadOnlySpan<T> weight, ReadOnlySpan<T> source, Span<T> destination)
        where T : INumberBase<T>
    {
        Check(weight.Length, Taps, nameof(weight));
        Check(source.Length, Rows, nameof(source));
        Check(destination.Length, Columns, nameof(destination));
        for (int row = 0; row < Rows; row++)
            for (int e = _starts[row]; e < _starts[row + 1]; e++) destination[_columns[e]] += weight[_taps[e]] * source[row];
    }

    /// <summary>
    /// destination[tap] += the sum of rowValues[r] columnValues[c] over the entries (r, c) of the tap: the weights' gradient.
    /// </summary>
    /// <param name="rowValues">[rows].</param>
    /// <param name="columnValues">[columns].</param>
    /// <param name="destination">[taps], added to.</param>
    public void CorrelateAdd<T>(ReadOnlySpan<T> rowValues, ReadOnlySpan<T> columnValues, Span<T> destination)
        where T : INumberBase<T>
    {
        Check(rowValues.Length, Rows, nameof(rowValues));
        Check(columnValues.Length, Columns, nameof(columnValues));
        Check(destination.Length, Taps, nameof(destination));
        for (int row = 0; row < Rows; row++)
            for (int e = _starts[row]; e < _starts[row + 1]; e++) destination[_taps[e]] += rowValues[row] * columnValues[_columns[e]];
    }

    /// <summary>The dense matrix with numbers in it, [rows, columns].</summary>
    /// <param name="weight">[taps].</param>
    public T[,] ToDense<T>(ReadOnlySpan<T> weight)
        where T : INumberBase<T>
    {
        Check(weight.Length, Taps, nameof(weight));
        var dense = new T[Rows, Columns];
        for (int row = 0; row < Rows; row++)
            for (int e = _starts[row]; e < _starts[row + 1]; e++) dense[row, _columns[e]] = weight[_taps[e]];
        return dense;
    }

    /// <summary>The matrix with the taps' names in it, a row a line, 0 where nothing stands.</summary>
    public override string ToString() => Render(Rows, Columns, TapAt);

    /// <summary>The transpose with the taps' names in it, a row a line, 0 where nothing stands.</summary>
    public string ToTransposedString() => Render(Columns, Rows, (row, column) => TapAt(column, row));

    private string Render(int rows, int columns, Func<int, int, int> tapAt)
    {
        int width = Arrays.Range(0, Taps).Max(tap => TapName(tap).Length);
        var text = new StringBuilder();
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int tap = tapAt(row, column);
                if (column > 0) text.Append(' ');
                text.Append((tap < 0 ? "0" : TapName(tap)).PadLeft(width));
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    private static void RequirePlace(int place, int count, string name)
    {
        if ((uint)place >= (uint)count) throw new ArgumentOutOfRangeException(name, $"{name} = {place}, and must be 0 .. {count - 1}");
    }

    private static void Check(int length, int needed, string name)
    {
        if (length != needed) throw new ArgumentException($"{name} has {length} elements, and the matrix needs {needed}", name);
    }
}
