namespace Upstride.Explain.Teaching;

/// <summary>The languages of captions, answers and presets.</summary>
public enum Language
{
    /// <summary>English.</summary>
    English,

    /// <summary>Simplified Chinese.</summary>
    Chinese,
}
