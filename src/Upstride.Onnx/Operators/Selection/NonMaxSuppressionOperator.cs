using System.Runtime.InteropServices;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Selection;

/// <summary>
/// <c>NonMaxSuppression</c> (opset 10 on): for each image and class the boxes of input 0, [N, boxes, 4], by falling score of input 1,
/// [N, classes, boxes], but for those that overlap one taken before by more than a threshold: rows of image, class and box.
/// </summary>
internal sealed class NonMaxSuppressionOperator : SelectionOperator
{
    // Some ten seconds.
    private const double MaximalPairs = 1e10;

    private readonly bool _centers;

    public NonMaxSuppressionOperator(NodeAttributes node)
    {
        node.RequireOpset(10);
        _centers = node.Integer("center_point_box", 0) switch
        {
            0 => false,
            1 => true,
            var other => throw node.Fault($"attribute center_point_box = {other}, and must be 0 or 1"),
        };
    }

    protected override Selected Select(NodeInputs inputs, SelectionLimits limits)
    {
        List<long> selected = Boxes(inputs, limits);
        return new([new(OnnxElementType.Int64, new(selected.Count / 3, 3))],
            frame => CollectionsMarshal.AsSpan(selected).CopyTo(frame.Output<long>(0)));
    }

    private List<long> Boxes(NodeInputs inputs, SelectionLimits limits)
    {
        TensorShape boxShape = inputs.Float(0).Shape, scoreShape = inputs.Float(1).Shape;
        if (boxShape.Rank != 3 || boxShape[2] != 4) throw inputs.Fault($"the boxes are {inputs[0]}, and must be [images, boxes, 4]");
        if (scoreShape.Rank != 3 || scoreShape[0] != boxShape[0] || scoreShape[2] != boxShape[1])
            throw inputs.Fault($"the scores are {inputs[1]}, and must be [{boxShape[0]}, classes, {boxShape[1]}]");
        long most = inputs.Has(2) ? One(inputs, 2, inputs.Integers(2)) : 0;
        float overlap = inputs.Has(3) ? One(inputs, 3, inputs.Floats(3)) : 0, least = inputs.Has(4) ? One(inputs, 4, inputs.Floats(4))
            : float.NegativeInfinity;
        if (!(overlap >= 0 && overlap <= 1)) throw inputs.Fault($"the overlap threshold is {overlap}, and must be from 0 to 1");
        (int classes, int count) = (scoreShape[1], boxShape[1]);
        double pairs = (double)boxShape[0] * classes * count * Math.Min(count, Math.Max(0, most));
        if (pairs > MaximalPairs)
            throw inputs.Fault($"{pairs:0} pairs of boxes may be compared, and {MaximalPairs:0} are the most: lower "
                + $"max_output_boxes_per_class, which is {most}");
        float[] scores = inputs.Floats(1).ToArray();
        var own = new Box[count];
        var selected = new List<long>();
        var taken = new List<Box>();
        for (int row = 0; row < boxShape[0] * classes && most > 0; row++)
        {
            limits.CancellationToken.ThrowIfCancellationRequested();
            int image = row / classes;
            if (row % classes == 0)
                for (int box = 0; box < count; box++) own[box] = BoxOf(inputs.Floats(0).Slice(4 * ((image * count) + box), 4));
            taken.Clear();
            foreach (int box in Arrays.Range(0, count).Where(box => scores[(row * count) + box] > least)
                .OrderByDescending(box => scores[(row * count) + box]))
            {
                if (taken.Count >= most) break;
                if (OverlapsAny(own[box], CollectionsMarshal.AsSpan(taken), overlap)) continue;
                taken.Add(own[box]);
                limits.Require((selected.Count + 3L) * sizeof(long));
                selected.AddRange([image, row % classes, box]);
            }
        }
        return selected;
    }

    private static bool OverlapsAny(Box box, ReadOnlySpan<Box> others, float most)
    {
        foreach (Box other in others)
            if (box.Overlap(other) > most) return true;
        return false;
    }

    private static T One<T>(NodeInputs inputs, int input, ReadOnlySpan<T> values) =>
        values.Length == 1 ? values[0] : throw inputs.Fault($"input {input} is {inputs[input]}, and must be one number");

    private Box BoxOf(ReadOnlySpan<float> box) => _centers
        ? new(box[0] - (box[2] / 2), box[1] - (box[3] / 2), box[0] + (box[2] / 2), box[1] + (box[3] / 2))
        : new(Math.Min(box[0], box[2]), Math.Min(box[1], box[3]), Math.Max(box[0], box[2]), Math.Max(box[1], box[3]));

    private readonly record struct Box(float Left, float Top, float Right, float Bottom)
    {
        private float Area => (Right - Left) * (Bottom - Top);

        /// <summary>The area of what both cover in that of what either covers; 0 where they do not meet.</summary>
        public float Overlap(Box other)
        {
            float width = Math.Min(Right, other.Right) - Math.Max(Left, other.Left),
                height = Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top);
            if (!(width > 0 && height > 0)) return 0;
            float both = width * height;
            return both / (Area + other.Area - both);
        }
    }
}
