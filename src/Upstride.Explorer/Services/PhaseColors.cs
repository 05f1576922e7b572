using Upstride.Explain.Rendering;

namespace Upstride.Explorer.Services;

/// <summary>The colours of phases where no style sheet reaches: on a canvas.</summary>
internal static class PhaseColors
{
    /// <summary>How many there are; of more phases than that they are taken again.</summary>
    public const int Count = 16;

    /// <summary>As <c>#rrggbb</c>.</summary>
    public static string Of(int phase) => "#" + SvgRenderer.PhaseColor(phase);
}
