using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Learning.Buffers;

namespace Upstride.Learning.Operations;

/// <summary>How elements move between small planes and the places in large planes that indices name.</summary>
internal enum IndexedMoveKind
{
    /// <summary>Small to large; of several elements for one place the last stays. Max-unpooling.</summary>
    Scatter,

    /// <summary>Small to large; elements for one place are added.</summary>
    ScatterAdd,

    /// <summary>Large to small.</summary>
    Gather,
}

/// <summary>
/// Moves elements between small planes and places in large planes. The gradient of a gathering scatters, that of a scattering gathers.
/// </summary>
internal sealed class IndexedMove<T> : Operation<T>, IBlocks
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly IndexedMoveKind _kind;
    private readonly PoolIndices<T> _indices;
    private readonly IndexedPlanes _planes;

    private IndexedMove(IndexedMoveKind kind, Variable<T> x, PoolIndices<T> indices, IndexedPlanes planes, ImmutableArray<nint> shape)
        : base(x)
    {
        _kind = kind;
        _indices = indices;
        _planes = planes;
        Output = Tape.Result(this, shape);
        Tape.Runner.Run(this, planes.Outer);
    }

    public static Variable<T> Run(IndexedMoveKind kind, Variable<T> x, PoolIndices<T> indices, IndexedPlanes planes,
        ImmutableArray<nint> shape) =>
        new IndexedMove<T>(kind, x, indices, planes, shape).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (!into.IsNeeded(0)) return;
        IndexedMoveKind back = _kind == IndexedMoveKind.Gather ? IndexedMoveKind.ScatterAdd : IndexedMoveKind.Gather;
        into.Add(0, Run(back, gradient, _indices, _planes, Inputs[0].Shape));
    }

    public void RunBlock(int block)
    {
        int smallLength = _planes.Small * _planes.Inner, largeLength = _planes.Large * _planes.Inner;
        ReadOnlySpan<int> indices = _indices.Elements.Slice(block * smallLength, smallLength);
        bool gathers = _kind == IndexedMoveKind.Gather;
        ReadOnlySpan<T> from = Inputs[0].Elements.Slice(block * (gathers ? largeLength : smallLength), gathers ? largeLength : smallLength);
        Span<T> to = Output.Elements.Slice(block * (gathers ? smallLength : largeLength), gathers ? smallLength : largeLength);
        switch (_kind)
        {
            case IndexedMoveKind.Scatter: IndexedCopy.Scatter(from, indices, 1, _planes.Inner, _planes.Small, _planes.Large, to); break;
            case IndexedMoveKind.ScatterAdd: IndexedCopy.ScatterAdd(from, indices, 1, _planes.Inner, _planes.Small, _planes.Large,
                to); break;
            default: IndexedCopy.Gather(from, indices, 1, _planes.Inner, _planes.Small, _planes.Large, to); break;
        }
    }
}
