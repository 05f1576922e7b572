using Upstride.Explain.Rendering;

namespace Upstride.Explorer.Services;

/// <summary>The colours of phases where no style sheet reaches: on a canvas.</summary>
internal static class PhaseColors
{
    /// <summary>As <c>#rrggbb</c>.</summary>
    public static string Of(int phase) => "#" + SvgRenderer.PhaseColor(phase);
}
