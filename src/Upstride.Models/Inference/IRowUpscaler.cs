namespace Upstride.Models.Inference;

/// <summary>Enlarges a plane whose rows come a band at a time.</summary>
internal interface IRowUpscaler : IDisposable
{
    /// <summary>Rows that each call of <see cref="Next"/> takes, as long as there are so many.</summary>
    int BandRows { get; }

    /// <summary>Rows of the output that have been returned.</summary>
    int RowsDone { get; }

    /// <summary>Takes the next rows of the plane and returns the rows of the output that follow those before.</summary>
    /// <param name="rows">[band rows, width], at the plane's end as many rows as are left, then none.</param>
    /// <returns>[rows, scale * width]; the next call overwrites them.</returns>
    ReadOnlySpan<float> Next(ReadOnlySpan<float> rows);

    /// <summary>Forgets the rows taken so far: the next ones are the first of another plane.</summary>
    void Restart();
}
