using Upstride.Geometry;
using Upstride.Onnx.Operators;

namespace Upstride.Onnx.Tiling;

/// <summary>What a node's computation of a part of its output is along one direction.</summary>
/// <param name="Key">Equal for parts that are computed alike.</param>
/// <param name="Data">What the rule needs to make the operator.</param>
internal readonly record struct TileStep(string Key, object? Data = null);

/// <summary>
/// How a part of a node's output is computed from parts of its inputs, so that each element comes out as it does in the whole. Positions
/// are those in the whole picture's tensors.
/// </summary>
/// <param name="output">The output's axes that run along the picture's.</param>
internal abstract class TileRule(PictureAxes output)
{
    /// <summary>The output's axes that run along the picture's.</summary>
    public PictureAxes Output { get; } = output;

    /// <summary>Whether what of an input is there is taken, also where it is more than is needed; else just that is cut out.</summary>
    public virtual bool TakesMore(int input, int direction) => false;

    /// <summary>The least part that is computed at once and has <paramref name="part"/>; may go beyond the whole.</summary>
    public virtual Interval Least(int direction, Interval part) => part;

    /// <summary>The part of an input that decides on a part of the output; may go beyond the whole.</summary>
    public abstract Interval Needs(int input, int direction, Interval part);

    /// <summary>
    /// The axis of an input that does not depend on the picture, a constant, of which the output's part takes the same part; -1 for none.
    /// </summary>
    public virtual int FollowingAxis(int input, int direction) => -1;

    /// <summary>The node in whose input 0 the numbers of input 1 count, so that its part is told as what is there; null for none.</summary>
    public virtual int? CountsIn => null;

    /// <summary>The computation along one direction.</summary>
    /// <param name="direction">Down or across.</param>
    /// <param name="part">The part of the output.</param>
    /// <param name="taken">The part of input 0 that is there, of this node or of <see cref="CountsIn"/>.</param>
    public abstract TileStep Step(int direction, Interval part, Interval taken);

    /// <summary>The operator that computes the part.</summary>
    public abstract Operator Build(TileStep rows, TileStep columns);

    /// <summary>The operator for a picture of any size, where the model's own is for one size; null where it serves.</summary>
    public virtual Operator? Open() => null;
}
