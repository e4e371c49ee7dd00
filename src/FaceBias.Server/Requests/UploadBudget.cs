namespace FaceBias.Server.Requests;

/// <summary>How much of all requests together is held in memory: many slow uploads of large files must not exhaust
/// it.</summary>
internal sealed class UploadBudget(long most)
{
    private long _held;

    /// <summary>Takes bytes; refuses the request where there are too many already.</summary>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= most)
            return;
        Interlocked.Add(ref _held, -bytes);
        throw new RequestProblem(StatusCodes.Status429TooManyRequests,
            "The service is receiving as much as it can hold; ask again later.") { RetryAfter = 1, Closes = true };
    }

    public void Give(long bytes) => Interlocked.Add(ref _held, -bytes);
}
