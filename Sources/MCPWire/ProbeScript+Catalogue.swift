extension ProbeScript {
  /// The advertised list that comes after `list`, or the first one.
  func listing(after list: CatalogueList?) -> CatalogueList? {
    let all = CatalogueList.allCases
    let start = list.flatMap { all.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
    return all[start...].first { $0.isAdvertised(by: memory.capabilities) }
  }

  mutating func decideList(_ answer: Answer, _ progress: ListProgress) {
    let restart = Step.list(ListProgress(progress.list, isLiveness: progress.isLiveness))
    switch answer {
    case .result(let result): take(result, progress)
    case .trouble(let trouble) where trouble.outcome == .responseTooLarge && !progress.isFirstPage:
      failEndless("still more after \(ListProgress.bytesMax) bytes", progress)
    case .error, .trouble, .accepted, .redirect:
      if isStateless { fail(answer) } else { failInSession(answer, repeating: restart) }
    }
  }

  private mutating func take(_ result: RPCResult, _ progress: ListProgress) {
    let page = try? ListPage(result, of: progress.list, after: progress.tools)
    guard let page, page.count != nil else {
      return fail(Failure(.resultInvalid, "a result without the array of items"))
    }
    if isStateless, !page.isComplete {
      return fail(Failure(.resultInvalid, "a result of type \"\(page.resultType ?? "")\""))
    }
    if progress.isLiveness { return proceed() }
    if page.cursorIsInvalid {
      return fail(Failure(.resultInvalid, "a nextCursor that is no string"))
    }
    var progress = progress
    switch progress.take(page, received: exchange.received) {
    case .nextPage: step = .list(progress)
    case .endless(let why): failEndless(why, progress)
    case .complete:
      record(progress)
      if let next = listing(after: progress.list) {
        step = .list(ListProgress(next))
      } else {
        proceedToChecks()
      }
    }
  }

  private mutating func failEndless(_ why: String, _ progress: ListProgress) {
    fail(Failure(.paginationLoop, "\(why); at least \(progress.items) items"))
  }

  private mutating func record(_ progress: ListProgress) {
    switch progress.list {
    case .tools:
      counts.tools = progress.items
      tools = progress.tools.tools
      if progress.tools.leftOut > 0 { warn(.toolsLeftOut) }
    case .prompts: counts.prompts = progress.items
    case .resources: counts.resources = progress.items
    }
  }
}
