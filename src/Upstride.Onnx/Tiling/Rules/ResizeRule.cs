using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Upstride.Geometry;
using Upstride.Onnx.Operators;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>A resize: the weights of each output are those that it has in the whole, border and all.</summary>
internal sealed class ResizeRule : TileRule
{
    private readonly ResizeGeometry _geometry;
    private readonly Dictionary<int, ResizeTaps.Maker> _makers = [];
    private readonly Operator? _open;

    /// <param name="geometry">The whole's sizes.</param>
    /// <param name="axes">The axes of the picture, of both sides.</param>
    /// <param name="open">The operator for pictures of any size; null where the model's own serves.</param>
    public ResizeRule(ResizeGeometry geometry, PictureAxes axes, Operator? open) : base(axes)
    {
        (_geometry, _open) = (geometry, open);
        for (int axis = 0; axis < geometry.Axes.Length; axis++)
            if (!geometry.Axes[axis].IsIdentity) _makers.Add(axis, new(geometry.Axes[axis], geometry.Method));
    }

    public override Operator? Open() => _open;

    public override bool TakesMore(int input, int direction) => _makers.ContainsKey(Output[direction]);

    public override Interval Needs(int input, int direction, Interval part)
    {
        if (!_makers.TryGetValue(Output[direction], out ResizeTaps.Maker? maker)) return part;
        ResizeTaps taps = maker.Make(part.Start, part.Length);
        Interval needed = Interval.None;
        for (int o = 0; o < taps.Output; o++)
            if (taps.Offsets[o + 1] - taps.Offsets[o] is > 0 and var count) needed = needed.Union(new(taps.First[o], taps.First[o]
                + count));
        return needed;
    }

    public override TileStep Step(int direction, Interval part, Interval taken)
    {
        if (!_makers.TryGetValue(Output[direction], out ResizeTaps.Maker? maker)) return new("");
        ResizeTaps taps = maker.Make(part.Start, part.Length).Part(0, part.Length, taken.Start, taken.Length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(taps.First));
        hash.AppendData(MemoryMarshal.AsBytes(taps.Offsets));
        hash.AppendData(MemoryMarshal.AsBytes(taps.Weights));
        return new(Convert.ToHexString(hash.GetHashAndReset()), taps);
    }

    public override Operator Build(TileStep rows, TileStep columns)
    {
        // In the order of the whole's: see ResizePlan.
        var passes = new List<(int Axis, ResizeTaps Taps)>();
        foreach (int axis in _geometry.AxesByScale)
        {
            int direction = Output.DirectionOf(axis);
            object? data = direction < 0 ? null : (direction == 0 ? rows : columns).Data;
            if (data is ResizeTaps taps) passes.Add((axis, taps));
            else if (_makers.TryGetValue(axis, out ResizeTaps.Maker? maker)) passes.Add((axis, maker.Make(0, _geometry.Axes[axis].Output)));
        }
        return new PartialResize([.. passes]);
    }
}
