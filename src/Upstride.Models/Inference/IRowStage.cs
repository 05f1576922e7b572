namespace Upstride.Models.Inference;

/// <summary>A part of the way from a picture's rows to those of its result: takes rows and gives its own to the next. Rows are planes of
/// values in units of the full value; colours are multiplied by alpha, where there is one, which is the last plane.</summary>
internal interface IRowStage : IDisposable
{
    /// <summary>Takes the next rows; after the picture's last it has given all of its own.</summary>
    /// <param name="rows">[count, channels, width]; may be longer, and may be changed.</param>
    /// <param name="count">How many.</param>
    void Push(float[] rows, int count);

    /// <summary>Forgets the rows taken so far: the next ones are the first of another picture of the same size.</summary>
    void Restart();
}
