namespace Upstride.Models.Inference;

/// <summary>How <see cref="BandUpscaler"/> divides its work; the result is the same, bit for bit, whatever is chosen.</summary>
public sealed record BandSettings
{
    /// <summary>Threads, the caller's included.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Input rows that go through the network at a time.</summary>
    public int BandRows { get; init; } = 16;

    /// <summary>The most input columns of a stripe: stripes go through the network independently of each other, each with the columns around it that it depends on.</summary>
    public int StripeColumns { get; init; } = 1280;
}
