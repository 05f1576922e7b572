using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Matrices;

/// <summary>
/// <c>Einsum</c> (opset 12 on): the products of all operands, summed over the letters that the result does not have. Two operands at a
/// time,
/// from the left, become matrices, [both and kept, left alone, summed] and [both and kept, summed, right alone], whose products are the
/// result of the two; sums over a letter that one operand alone has are taken before.
/// </summary>
internal sealed class EinsumOperator : Operator
{
    private readonly string[] _operands;
    private readonly string? _result;
    private readonly float _factor;

    public EinsumOperator(NodeAttributes node)
    {
        node.RequireOpset(12);
        string equation = node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        if (equation.Length == 0) throw node.Fault("attribute equation is missing or empty, and the operator needs it");
        int arrow = equation.IndexOf("->", StringComparison.Ordinal);
        string left = arrow < 0 ? equation : equation[..arrow];
        _operands = left.Split(',');
        _result = arrow < 0 ? null : equation[(arrow + 2)..];
        _factor = 1;
        foreach (string term in _result is null ? _operands : [.. _operands, _result])
        {
            string letters = term.Replace("...", "", StringComparison.Ordinal);
            if (!letters.All(char.IsAsciiLetter) || term.Length - letters.Length > 3)
                throw node.Fault($"attribute equation = '{equation}', and its term '{term}' must be letters with at most one ...");
        }
        if (_operands.Length != node.InputCount)
            throw node.Fault($"attribute equation = '{equation}' is for {_operands.Length} operands, and the node has {node.InputCount}");
    }

    private EinsumOperator(string[] operands, string result, float factor) => (_operands, _result, _factor) = (operands, result, factor);

    /// <summary><c>FusedMatMul</c> of ONNX Runtime: a product of matrices, each transposed where asked, times a factor.</summary>
    public static Operator FusedMatMul(NodeAttributes node)
    {
        string left = node.Flag("transA", fallback: false) ? "km" : "mk", right = node.Flag("transB", fallback: false) ? "nk" : "kn";
        if (node.Flag("transBatchA", fallback: false) || node.Flag("transBatchB", fallback: false))
            throw node.Unsupported("transBatchA and transBatchB are not supported");
        return new EinsumOperator([$"...{left}", $"...{right}"], "...mn", node.Float("alpha", 1));
    }

    /// <summary>For each operand, and for the result, the letter of each axis, as a number.</summary>
    public (int[][] Operands, int[] Result) Letters(NodeInputs inputs)
    {
        Equation equation = Equation.Of(inputs, _operands, _result);
        return ([.. equation.Operands.Select(static operand => operand.Letters)], equation.Result);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        if (inputs.Count != _operands.Length) throw inputs.Fault($"the node has {inputs.Count} inputs, and must have {_operands.Length}");
        for (int i = 0; i < inputs.Count; i++)
            if (inputs[i].Storage == Storage.Boolean || inputs[i].Element != inputs[0].Element)
                throw inputs.Fault($"input {i} is {inputs[i]} and input 0 {inputs[0]}, and all must be numbers of one type");
        return [inputs[0].WithShape(Equation.Of(inputs, _operands, _result).Shape)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        Equation equation = Equation.Of(inputs, _operands, _result);
        (long flops, long elements) = equation.Cost();
        OnnxElementType element = outputs[0].Element;
        NodeBody body = outputs[0].Storage == Storage.Float
            ? frame =>
            {
                Run<float>(frame, equation, settings, (sizes, left, right, destination) =>
                {
                    using var product = new MatrixProduct(sizes, transposed: false, right: null, default, settings);
                    product.Run(left, right, destination);
                });
                Span<float> result = frame.Output<float>(0);
                if (_factor is not 1f) TensorPrimitives.Multiply(result, _factor, result);
            }
            : frame =>
            {
                Run<long>(frame, equation, settings, static (sizes, left, right, destination) =>
                    IntegerMatMul.Run(sizes, left, leftTransposed: false, right, rightTransposed: false, destination));
                element.Wrap(frame.Output<long>(0));
            };
        return new(body) { Flops = flops, WorkspaceBytes = elements * outputs[0].Storage.Bytes };
    }

    private delegate void Multiply<T>((int Rows, int Depth, int Columns) sizes, ReadOnlySpan<T> left, ReadOnlySpan<T> right,
        Span<T> destination);

    private static void Run<T>(NodeContext frame, Equation equation, ComputeSettings settings, Multiply<T> multiply)
        where T : unmanaged, INumber<T>
    {
        T[] current = [];
        int[] letters = [];
        for (int i = 0; i < equation.Operands.Length; i++)
        {
            Operand operand = equation.Operands[i];
            int[] own = [.. operand.Letters.Distinct()], later = equation.NeededAfter(i);

            // What nobody needs is summed at once.
            int[] kept = [.. own.Where(letter => later.Contains(letter) || letters.Contains(letter))];
            T[] reduced = Sum(frame.Input<T>(i), equation, operand, [.. kept, .. own.Except(kept)], kept.Length, settings);
            if (i == 0)
            {
                (current, letters) = (reduced, kept);
                continue;
            }
            frame.CancellationToken.ThrowIfCancellationRequested();
            var step = new Contraction(letters, kept, later);
            T[] left = Order(current, equation, letters, [.. step.Both, .. step.Left, .. step.Summed], settings);
            T[] right = Order(reduced, equation, kept, [.. step.Both, .. step.Summed, .. step.Right], settings);
            (int batch, int rows, int depth, int columns) = (equation.Count(step.Both), equation.Count(step.Left),
                equation.Count(step.Summed), equation.Count(step.Right));
            current = new T[equation.Count(step.Result)];
            for (int b = 0; b < batch; b++)
                multiply((rows, depth, columns), left.AsSpan(b * rows * depth, rows * depth),
                    right.AsSpan(b * depth * columns, depth * columns), current.AsSpan(b * rows * columns, rows * columns));
            letters = step.Result;
        }

        // Only letters of the result are left.
        Order(current, equation, letters, equation.Result, settings).CopyTo(frame.Output<T>(0));
    }

    // A tensor of distinct letters with its axes in another order.
    private static T[] Order<T>(T[] source, Equation equation, int[] letters, int[] order, ComputeSettings settings) where T : unmanaged
    {
        if (letters.AsSpan().SequenceEqual(order)) return source;
        var result = new T[source.Length];
        int[] lengths = [.. letters.Select(letter => equation.Lengths[letter])], strides = new int[letters.Length];
        for (int axis = letters.Length - 1, step = 1; axis >= 0; step *= lengths[axis--]) strides[axis] = step;
        StridedGather.Of([.. order.Select(letter => equation.Lengths[letter])],
            [.. order.Select(letter => strides[Array.IndexOf(letters, letter)])]).Run(source, result, settings);
        return result;
    }

    // An operand, its diagonals taken and its axes of length 1 repeated, summed over all but the first letters of an order.
    private static T[] Sum<T>(ReadOnlySpan<T> source, Equation equation, Operand operand, int[] order, int kept, ComputeSettings settings)
        where T : unmanaged, INumber<T>
    {
        var all = new T[equation.Count(order)];
        StridedGather.Of([.. order.Select(letter => equation.Lengths[letter])], [.. order.Select(operand.StrideOf)])
            .Run(source, all, settings);
        if (kept == order.Length) return all;
        var sums = new T[equation.Count(order[..kept])];
        int length = equation.Count(order[kept..]);
        for (int i = 0; i < sums.Length; i++) sums[i] = TensorPrimitives.Sum<T>(all.AsSpan(i * length, length));
        return sums;
    }

    /// <summary>One operand: the letter of each axis, and how far apart neighbours along it lie.</summary>
    private sealed record Operand(int[] Letters, int[] Strides)
    {
        /// <summary>How far apart neighbours along a letter lie: along a diagonal where it is there twice.</summary>
        public int StrideOf(int letter)
        {
            int stride = 0;
            for (int axis = 0; axis < Letters.Length; axis++)
                if (Letters[axis] == letter) stride += Strides[axis];
            return stride;
        }
    }

    /// <summary>What becomes of the letters of two tensors.</summary>
    private readonly record struct Contraction(int[] LeftLetters, int[] RightLetters, int[] Needed)
    {
        private readonly int[] _both = [.. LeftLetters.Intersect(RightLetters)];

        public int[] Both => [.. _both.Intersect(Needed)];

        public int[] Summed => [.. _both.Except(Needed)];

        public int[] Left => [.. LeftLetters.Except(RightLetters)];

        public int[] Right => [.. RightLetters.Except(LeftLetters)];

        public int[] Result => [.. Both, .. Left, .. Right];
    }

    /// <summary>An equation for operands of known shapes; a letter is a number, those of the axes of ... come first.</summary>
    private sealed record Equation(Operand[] Operands, int[] Result, int[] Lengths)
    {
        private const int Letter = 1 << 8;

        public TensorShape Shape => new([.. Result.Select(letter => (nint)Lengths[letter])]);

        public static Equation Of(NodeInputs inputs, string[] operands, string? result)
        {
            int dots = 0;
            for (int i = 0; i < operands.Length; i++)
            {
                int letters = operands[i].Replace("...", "", StringComparison.Ordinal).Length, rank = inputs.Shape(i).Rank;
                bool open = operands[i].Contains("...", StringComparison.Ordinal);
                if (open ? rank < letters : rank != letters)
                    throw inputs.Fault($"operand {i} is {inputs[i]}, and '{operands[i]}' needs {(open ? "at least " : "")}{letters} axes");
                if (open) dots = Math.Max(dots, rank - letters);
            }
            if (dots > Letter) throw inputs.Fault($"... stands for {dots} axes, and must for at most {Letter}");
            var lengths = new int[Letter + 128];
            Array.Fill(lengths, -1);
            var read = new Operand[operands.Length];
            for (int i = 0; i < operands.Length; i++)
            {
                TensorShape shape = inputs.Shape(i);
                int own = shape.Rank - operands[i].Replace("...", "", StringComparison.Ordinal).Length;
                int[] letters = Read(operands[i], dots - own, dots), strides = StridedGather.RowMajor(shape);
                for (int axis = 0; axis < letters.Length; axis++)
                {
                    ref int length = ref lengths[letters[axis]];
                    if (length is -1 or 1) length = shape[axis];
                    else if (shape[axis] != 1 && shape[axis] != length)
                        throw inputs.Fault($"operand {i} is {inputs[i]}, and its axis {axis} must be {length} as that letter is elsewhere");
                }
                read[i] = new(letters, strides);
            }
            for (int i = 0; i < read.Length; i++)
                for (int axis = 0; axis < read[i].Letters.Length; axis++)
                    if (inputs.Shape(i)[axis] == 1) read[i].Strides[axis] = 0;
            int[] output = result is not null ? Read(result, 0, dots)
                : [.. Arrays.Range(0, dots), .. read.SelectMany(static one => one.Letters).Where(static letter => letter >= Letter)
                    .GroupBy(static letter => letter).Where(static group => group.Count() == 1).Select(static group => group.Key).Order()];
            if (output.Distinct().Count() != output.Length || output.Any(letter => lengths[letter] < 0))
                throw inputs.Fault($"the result '{result}' must have letters of the operands, each once");
            return new(read, output, lengths);
        }

        /// <summary>The letters that the operands after one, or the result, have.</summary>
        public int[] NeededAfter(int operand) => [.. Result.Union(Operands.Skip(operand + 1).SelectMany(static one => one.Letters))];

        /// <summary>The elements of a tensor of these letters.</summary>
        /// <exception cref="OnnxFormatException">More than an array holds.</exception>
        public int Count(ReadOnlySpan<int> letters)
        {
            var shape = new nint[letters.Length];
            for (int i = 0; i < shape.Length; i++) shape[i] = Lengths[letters[i]];
            return new TensorShape(shape).Count;
        }

        /// <summary>Operations, and elements of everything in between.</summary>
        public (long Flops, long Elements) Cost()
        {
            long flops = 0, elements = Count(Result);
            int[] letters = [];
            for (int i = 0; i < Operands.Length; i++)
            {
                int[] own = [.. Operands[i].Letters.Distinct()], later = NeededAfter(i);
                int[] kept = [.. own.Where(letter => later.Contains(letter) || letters.Contains(letter))];
                flops += Count(own);
                elements += Count(own) + (2L * Count(kept));
                if (i == 0)
                {
                    letters = kept;
                    continue;
                }
                var step = new Contraction(letters, kept, later);
                elements += Count(letters) + Count(step.Result);
                flops = checked(flops + (2L * Count(step.Result) * Count(step.Summed)));
                letters = step.Result;
            }
            return (flops, elements);
        }

        // Letters in order; ... are the axes from one number to another.
        private static int[] Read(string term, int from, int to)
        {
            var letters = new List<int>();
            for (int i = 0; i < term.Length; i++)
            {
                if (term[i] != '.')
                {
                    letters.Add(Letter + term[i]);
                    continue;
                }
                letters.AddRange(Arrays.Range(from, to - from));
                i += 2;
            }
            return [.. letters];
        }
    }
}
