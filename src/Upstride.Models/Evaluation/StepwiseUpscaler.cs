using System.Collections.Immutable;
using Upstride.Models.Data;

namespace Upstride.Models.Evaluation;

/// <summary>Enlarges luma by one method after another, without rounding in between: by the product of their scales.</summary>
/// <param name="steps">At least one.</param>
public sealed class StepwiseUpscaler(params IEnumerable<ILumaUpscaler> steps) : ILumaUpscaler
{
    private readonly ImmutableArray<ILumaUpscaler> _steps = steps?.ToImmutableArray() is { IsEmpty: false } some
        ? some : throw new ArgumentException("at least one method must be given", nameof(steps));

    /// <inheritdoc/>
    public int Scale => _steps.Aggregate(1, static (product, step) => checked(product * step.Scale));

    /// <inheritdoc/>
    public LumaPlane Upscale(LumaPlane plane, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plane);
        return _steps.Aggregate(plane, (larger, step) => step.Upscale(larger, cancellationToken));
    }
}
