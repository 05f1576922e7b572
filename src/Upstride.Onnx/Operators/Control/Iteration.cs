namespace Upstride.Onnx.Operators.Control;

/// <summary>How a graph is run again and again: what <c>Loop</c> and <c>Scan</c> share.</summary>
/// <param name="Counted">
/// Whether its first inputs are the number of the turn and whether to go on, and its first output whether to go on.
/// </param>
/// <param name="Trips">The number of turns; null where an input says it or nothing does.</param>
/// <param name="TripInput">The node's input that says it; -1 where there is none.</param>
/// <param name="ConditionInput">The node's input that says whether there is a first turn; -1 where there is one.</param>
/// <param name="GoesOn">Whether every turn says that there is another.</param>
/// <param name="States">Values that go from one turn to the next.</param>
/// <param name="FirstState">The node's input that is the first of them.</param>
/// <param name="Slices">For each scanned input, after the states, its axis and whether it is read from the back.</param>
/// <param name="Collected">For each collected output, after the states, its axis and whether it is written from the back.</param>
internal sealed record Iteration(bool Counted, long? Trips, int TripInput, int ConditionInput, bool GoesOn, int States, int FirstState,
    (int Axis, bool Backwards)[] Slices, (int Axis, bool Backwards)[] Collected)
{
    /// <summary>The most turns there are, where a condition may end them before.</summary>
    public long MostTrips { get; init; } = long.MaxValue;

    /// <summary>The graph's first input that is a state.</summary>
    public int FirstFormal => Counted ? 2 : 0;

    /// <summary>The graph's first output that is a state.</summary>
    public int FirstResult => Counted ? 1 : 0;
}
